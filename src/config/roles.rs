//! The roles a directory may hold, and how people write them.

use crate::casework::RoleId;

/// Every role, as profiles and the program name it.
pub const ROLES: &[&str] = &[
    "chair",
    "deputy-chair",
    "admin",
    "deputy-admin",
    "approver",
    "duty",
    "head-of-service",
    "police",
    "education",
    "health",
    "camhs",
    "complex-safeguarding",
    "safeguarding-unit",
    "community-safety",
    "catch-22",
    "social-worker",
    "team-manager",
    "advanced-practitioner",
    "gp",
    "named-nurse-acute",
    "named-nurse-community",
    "sexual-health",
    "engage-nurse",
    "adult-mental-health",
    "adult-service",
    "probation",
    "school",
    "placement",
    "csp-manager",
    "neighbourhood-policing",
    "specialist-agency",
];

/// What people write, folded like [`fold`] does, and the role it means.
const ALIASES: &[(&str, &str)] = &[
    ("chairperson", "chair"),
    ("panel-chair", "chair"),
    ("rmm-chair", "chair"),
    ("mace-chair", "chair"),
    ("children-s-services-service-manager", "chair"),
    ("service-manager", "chair"),
    ("vice-chair", "deputy-chair"),
    ("co-chair", "deputy-chair"),
    ("administrator", "admin"),
    ("business-support", "admin"),
    ("rmm-admin", "admin"),
    ("panel-admin", "admin"),
    ("mace-business-support", "admin"),
    ("deputy-administrator", "deputy-admin"),
    ("admin-deputy", "deputy-admin"),
    ("duty-worker", "duty"),
    ("duty-manager", "duty"),
    ("hos", "head-of-service"),
    ("police-representative", "police"),
    ("police-ds", "police"),
    ("police-ds-safeguarding-unit", "police"),
    ("education-welfare", "education"),
    ("area-lead-education-welfare", "education"),
    ("education-representative", "education"),
    ("health-representative", "health"),
    ("child-and-adolescent-mental-health-services", "camhs"),
    ("complex-safeguarding-team", "complex-safeguarding"),
    ("complex-safeguarding-representative", "complex-safeguarding"),
    ("catch22", "catch-22"),
    ("sw", "social-worker"),
    ("allocated-social-worker", "social-worker"),
    ("asye-social-worker", "social-worker"),
    ("tm", "team-manager"),
    ("ap", "advanced-practitioner"),
    ("gp-practice", "gp"),
    ("gp-surgery", "gp"),
    ("general-practice", "gp"),
    ("general-practitioner", "gp"),
    ("named-nurse-acute-trust", "named-nurse-acute"),
    ("acute-named-nurse", "named-nurse-acute"),
    ("acute-trust-named-nurse", "named-nurse-acute"),
    ("community-named-nurse", "named-nurse-community"),
    ("named-nurse-community-trust", "named-nurse-community"),
    ("sexual-health-service", "sexual-health"),
    ("sexual-health-clinic", "sexual-health"),
    ("adult-community-mental-health", "adult-mental-health"),
    ("adult-social-care", "adult-service"),
    ("adult-services", "adult-service"),
    ("probation-service", "probation"),
    ("care-home", "placement"),
    ("school-dsl", "school"),
    ("dsl", "school"),
    ("designated-safeguarding-lead", "school"),
    ("community-safety-partnership-manager", "csp-manager"),
    ("csp-manager-delegate", "csp-manager"),
    ("neighbourhood-policing-sgt", "neighbourhood-policing"),
    ("neighbourhood-police", "neighbourhood-policing"),
    ("neighbourhood-sergeant", "neighbourhood-policing"),
    ("specialist-agencies", "specialist-agency"),
];

/// Is it a role this program knows?
pub fn is_role(role: &RoleId) -> bool {
    ROLES.contains(&role.as_str())
}

/// The role a text means: `Named Nurse (Acute Trust)` is `named-nurse-acute`.
pub fn role_of(text: &str) -> Option<RoleId> {
    let folded = fold(text);
    ROLES
        .iter()
        .find(|role| **role == folded)
        .or_else(|| ALIASES.iter().find(|(alias, _)| *alias == folded).map(|(_, role)| role))
        .map(|role| RoleId::new(*role))
}

/// Kebab case: lower case, every run of anything but letters and digits one hyphen.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_as_people_write_them() {
        for (text, role) in [
            ("Named Nurse (Acute Trust)", "named-nurse-acute"),
            ("named nurse – community", "named-nurse-community"),
            ("GP practice", "gp"),
            ("CAMHS", "camhs"),
            ("Social Worker", "social-worker"),
            (" Chair ", "chair"),
            ("Catch 22", "catch-22"),
            ("Catch22", "catch-22"),
            ("Deputy_Admin", "deputy-admin"),
        ] {
            assert_eq!(role_of(text), Some(RoleId::new(role)), "{text}");
        }
        assert_eq!(role_of("Wizard"), None);
        assert_eq!(role_of(""), None);
    }

    #[test]
    fn every_alias_means_a_role_and_none_hides_one() {
        for (alias, role) in ALIASES {
            assert!(ROLES.contains(role), "{alias} means {role}");
            assert!(!ROLES.contains(alias), "{alias} is a role itself");
            assert_eq!(fold(alias), *alias);
        }
    }
}

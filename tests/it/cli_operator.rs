//! The operator's verbs on a real state folder: a key is made, a directory imported, mail taken in, and what came of it
//! shown, released, restricted and explained.

use crate::command::{change, copy, dutyclerk, err, json, out};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const MAILBOXES: [&str; 5] = ["st-helens-mace", "surrey-rmm-ne", "surrey-rmm-nw", "surrey-rmm-se", "surrey-rmm-sw"];
/// Names on the forms that are sent in.
const NAMES: [&str; 4] = ["Stacked", "Mia", "Sections", "Nat "];

/// An installation with key, directory and empty mailboxes.
pub(crate) fn installed() -> TempDir {
    let folder = copy();
    for mailbox in MAILBOXES {
        for part in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(folder.path().join("mail").join(mailbox).join(part)).unwrap();
        }
    }
    done(folder.path(), &["key", "new"]);
    let directory = folder.path().join("directory.csv");
    done(folder.path(), &["directory", "import", directory.to_str().unwrap()]);
    folder
}

/// Runs a verb that must succeed.
pub(crate) fn done(config: &Path, arguments: &[&str]) -> Output {
    let output = dutyclerk(config, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", err(&output));
    output
}

/// The one object a verb shows.
pub(crate) fn shown(config: &Path, arguments: &[&str]) -> Value {
    let with_json: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    json(&done(config, &with_json)).remove(0)
}

#[expect(clippy::disallowed_methods, reason = "the program under test runs on the machine's clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn today() -> Date {
    now().to_zoned(TimeZone::get("Europe/London").unwrap()).date()
}

/// Puts a mail with a form of `tests/corpus/forms` into the North East mailbox.
pub(crate) fn arrives(config: &Path, form: &str, from: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/forms");
    let bytes = std::fs::read(folder.join(form)).unwrap();
    let at = now().checked_sub(SignedDuration::from_mins(1)).unwrap();
    let date = at.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    let (_, domain) = from.split_once('@').unwrap();
    let mail = format!(
        "Received: from mx by mailbox.surrey.example; {date}\n\
         Authentication-Results: mx.surrey.example; spf=pass; dkim=pass; dmarc=pass header.from={domain}\n\
         From: A Worker <{from}>\nTo: rmm-ne@surrey.example\nSubject: Risk assessment\nDate: {date}\n\
         Message-ID: <{form}@{domain}>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b\"\n\n\
         --b\nContent-Type: text/plain\n\nPlease find the form attached.\n\
         --b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"rat.xlsx\"\n\
         Content-Transfer-Encoding: base64\n\n{}\n--b--\n",
        base64(&bytes)
    );
    std::fs::write(config.join("mail/surrey-rmm-ne/new").join(form), mail).unwrap();
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (n, chunk) in bytes.chunks(3).enumerate() {
        if n > 0 && n % 19 == 0 {
            out.push('\n');
        }
        let group = (0..3).fold(0u32, |group, i| group << 8 | u32::from(chunk.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let sextet = (group >> (18 - 6 * i)) & 63;
            out.push(if i > chunk.len() { '=' } else { char::from(ALPHABET[sextet as usize]) });
        }
    }
    out
}

fn no_names(text: &str) {
    for name in NAMES {
        assert!(!text.contains(name), "{name} in: {text}");
    }
}

#[test]
fn a_day_at_the_desk() {
    let folder = installed();
    let at = folder.path();
    arrives(at, "rat-labels-above.xlsx", "worker@surrey.example");
    arrives(at, "rat-sections.xlsx", "someone@elsewhere.example");
    let turn = dutyclerk(at, &["run", "--once", "--json"]);
    assert_eq!(turn.status.code(), Some(0), "{}", err(&turn));
    assert_eq!((json(&turn)[0]["received"].as_i64(), json(&turn)[0]["decided"].as_i64()), (Some(2), Some(2)));
    no_names(&err(&turn));

    // One screen: the ledger adds up, what is held is told, nobody is named.
    let text = out(&done(at, &["status"]));
    assert!(text.lines().count() <= 50, "{text}");
    assert!(text.contains("1 held for a person, oldest H-0001"), "{text}");
    no_names(&text);
    let status = shown(at, &["status"]);
    let ledger = status["ledger"].as_array().unwrap();
    let week = ledger.iter().find(|row| row["days"] == "7 days" && row["mailbox"] == "surrey-rmm-ne").unwrap();
    assert_eq!(
        (week["received"].as_i64(), week["accepted"].as_i64(), week["held"].as_i64()),
        (Some(2), Some(1), Some(1))
    );
    assert_eq!(status["next_meetings"].as_array().unwrap().len(), 5);
    assert!(status["warnings"].as_array().unwrap().iter().all(|w| !w.as_str().unwrap().contains("swept")), "{status}");

    // Every reference is explained with its rule, the rule's words and the hashes it was read with, and no name.
    let explained = shown(at, &["explain", "M-000001"]);
    assert_eq!((explained["fate"].as_str(), explained["state"].as_str()), (Some("accepted"), Some("decided")));
    let read_with = explained["read_with"].as_array().unwrap();
    let what: Vec<&str> = read_with.iter().map(|row| row["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["profile surrey-rmm-ne", "bank holidays", "directory"]);
    assert!(read_with.iter().all(|row| row["now"] == "the same"), "{explained}");
    let answer = explained["answers"][0]["mail"].as_str().unwrap().to_owned();
    let mail = shown(at, &["explain", &answer]);
    assert_eq!(mail["recipients"][0]["address"], "worker@surrey.example");
    assert_eq!(mail["recipients"][0]["state"], "accepted");
    assert_eq!(mail["read_with"].as_array().unwrap().len(), 3);
    for about in ["R-0001", "M-000002", "H-0001", answer.as_str()] {
        let explained = shown(at, &["explain", about]);
        assert!(!explained["what_happened"].as_array().unwrap().is_empty(), "{explained}");
        let rules = explained["rules"].as_array().unwrap();
        assert!(!rules.is_empty() && rules.iter().all(|rule| rule["says"].is_string()), "{explained}");
        no_names(&out(&done(at, &["explain", about])));
    }

    // What is sent is what was frozen.
    let eml = done(at, &["outbox", "show", &answer, "--eml"]).stdout;
    let sent = std::fs::read_to_string(at.join("state/out/sent.jsonl")).unwrap();
    let line =
        sent.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).find(|l| l["ref"] == *answer).unwrap();
    assert_eq!(eml, std::fs::read(at.join("state/out").join(line["file"].as_str().unwrap())).unwrap());
    let settled = json(&done(at, &["outbox", "list", "--state", "settled", "--json"]));
    assert!(settled.iter().any(|row| row["mail"] == *answer), "{settled:?}");

    // The held mail is shown with names, released, and its child listed.
    assert_eq!(json(&done(at, &["held", "list", "--json"])).len(), 1);
    assert!(out(&done(at, &["held", "show", "H-0001"])).contains("Nat Sections"));
    let released = shown(at, &["held", "release", "H-0001", "--by", "Nadia", "--note", "rang the sender"]);
    assert_eq!(
        (released["papers"][0]["state"].as_str(), released["papers"][0]["case"].as_str()),
        (Some("accepted"), Some("R-0002"))
    );
    assert!(released["listed"][0]["meeting"].as_str().unwrap().starts_with("surrey-rmm-ne/"), "{released}");
    assert_eq!(out(&done(at, &["held", "list"])).trim(), "Nothing is held.");
    let again = dutyclerk(at, &["held", "release", "H-0001", "--by", "Nadia"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(err(&again).contains("settled already"), "{}", err(&again));
    // An alert that asks for something is answered without mail, too.
    let alerts = json(&done(at, &["alert", "list", "--json"]));
    let [number, since] = ["alert", "since"].map(|field| alerts[0][field].as_str().unwrap().to_owned());
    let shown_alert = shown(at, &["alert", "show", &number]);
    assert_eq!((shown_alert["state"].as_str(), shown_alert["since"].as_str()), (Some("open"), Some(since.as_str())));
    assert!(shown_alert["what_to_do"].as_str().is_some_and(|text| !text.is_empty()));
    done(at, &["explain", &number]);
    let text = out(&done(at, &["status"]));
    assert!(text.contains(&format!("not answered, oldest {number}")), "{text}");
    shown(at, &["alert", "answer", &number, "--by", "Nadia", "--note", "rang the chair"]);
    let again = dutyclerk(at, &["alert", "answer", &number, "--by", "Nadia"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(err(&again).contains("waits for no answer any more (answered)"), "{}", err(&again));
    let answered = shown(at, &["alert", "show", &number]);
    assert_eq!((answered["by"].as_str(), answered["note"].as_str()), (Some("Nadia"), Some("rang the chair")));
    assert_eq!(json(&done(at, &["alert", "list", "--json"])).len(), alerts.len() - 1);
    let held = shown(at, &["held", "show", "H-0001"]);
    assert_eq!((held["by"].as_str(), held["note"].as_str()), (Some("Nadia"), Some("rang the sender")));

    // The chair's word.
    let from = today().checked_add(1.days()).unwrap().to_string();
    let meeting = json(&done(at, &["calendar", "surrey-rmm-ne", "--from", &from, "--json"])).remove(0);
    let id = meeting["meeting_id"].as_str().unwrap();
    let admitted = shown(at, &["meeting", "admit", id, "R-0002", "--by", "Emil Draycott"]);
    let kept = json(&done(at, &["alert", "list", "--all", "--json"]));
    let is_kept = |row: &Value| row["state"] == "answered" && row.to_string().contains("R-0002");
    assert!(kept.iter().any(is_kept), "{kept:?}");
    let agenda = admitted["agenda"].as_array().unwrap();
    assert!(agenda.iter().any(|row| row["child"] == "R-0002" && row["state"] == "listed"), "{admitted}");
    assert_eq!(shown(at, &["meeting", "show", id])["starts"], meeting["starts_at"]);
    assert_eq!(shown(at, &["explain", id])["about"], id);

    let case = out(&done(at, &["case", "show", "R-0001"]));
    assert!(case.contains("Mia Rose Stacked") && case.contains("worker@surrey.example"), "{case}");
    let cases = done(at, &["case", "list", "--json"]);
    assert_eq!(json(&cases).len(), 2);
    no_names(&out(&cases));

    assert!(out(&done(at, &["journal", "verify"])).contains("intact"));
    let export = json(&done(at, &["journal", "export"]));
    assert_eq!(export[0]["event"], "directory.imported");
    assert_eq!(export[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["at", "event", "rule", "reason", "refs"]);
    no_names(&out(&done(at, &["journal", "export"])));
}

/// A weekly North East meeting on `day`, its cut-off and pack `days` working days before.
fn north_east(config: &Path, day: Date, days: u32) {
    let code = day.strftime("%a").to_string().to_uppercase();
    let profile = format!(
        "base = \"surrey-rmm\"\nid = \"surrey-rmm-ne\"\nname = \"Surrey RMM, North East\"\nshort = \"RMM North East\"\n\
         area = \"North East\"\nmailboxes = [\"surrey-rmm-ne\"]\nfrom = \"rmm-ne@surrey.example\"\nlocation = \"Esher\"\n\
         [series]\nstart = \"{day}T10:00\"\nrrule = \"FREQ=WEEKLY;BYDAY={}\"\n\
         [cutoff]\nrule = \"working-days-before\"\ndays = {days}\ncount = \"offset\"\n",
        &code[..2]
    );
    std::fs::create_dir_all(config.join("panels")).unwrap();
    std::fs::write(config.join("panels/surrey-rmm-ne.toml"), profile).unwrap();
}

#[test]
fn sy_40_a_restriction_keeps_the_child_out_of_one_members_pack_and_a_field_out_of_all() {
    let folder = installed();
    let at = folder.path();
    // A working day a week and more ahead: the pack is still to come.
    let days = (9..30).map(|n| today().checked_add(n.days()).unwrap());
    let day = days.into_iter().find(|day| {
        north_east(at, *day, 2);
        let day = day.to_string();
        let found = json(&done(at, &["calendar", "surrey-rmm-ne", "--from", &day, "--until", &day, "--json"]));
        found[0]["warnings"].as_array().unwrap().is_empty()
            && day.parse::<Date>().unwrap().weekday().to_monday_one_offset() < 6
    });
    let day = day.unwrap();
    arrives(at, "rat-labels-above.xlsx", "worker@surrey.example");
    done(at, &["run", "--once"]);
    arrives(at, "rat-sections.xlsx", "colleague@surrey.example");
    done(at, &["run", "--once"]);
    assert_eq!(shown(at, &["meeting", "show", &format!("surrey-rmm-ne/{day}")])["agenda"].as_array().unwrap().len(), 2);

    let by = ["--reason", "the placement is not to be known", "--by", "Nadia"];
    let restrict = |what: &[&str]| dutyclerk(at, &[["case", "restrict"].as_slice(), what, by.as_slice()].concat());
    assert_eq!(restrict(&["R-0001", "--role", "Police"]).status.code(), Some(0));
    assert_eq!(restrict(&["R-0002", "--field", "address"]).status.code(), Some(0));
    for (wrong, why) in [
        (vec!["R-0001", "--role", "astronaut"], "is no role"),
        (vec!["R-0001", "--field", "shoe_size"], "is no field"),
        (vec!["R-0001", "--field", "child_name"], "stands in the mails themselves"),
        (vec!["R-0001", "--role", "chair", "--review", "2020-01-01"], "not a day to come"),
        (vec!["R-0001"], "required arguments"),
    ] {
        let output = restrict(&wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(err(&output).contains(why), "{}", err(&output));
    }

    // Now the pack's moment has come.
    north_east(at, day, 20);
    done(at, &["run", "--once"]);
    let mails = json(&done(at, &["outbox", "list", "--json"]));
    let packs: Vec<Value> = mails
        .iter()
        .filter(|mail| mail["kind"] == "agenda" && mail["meeting"] == *format!("surrey-rmm-ne/{day}"))
        .map(|mail| shown(at, &["outbox", "show", mail["mail"].as_str().unwrap()]))
        .collect();
    let roles = |pack: &Value| -> Vec<String> {
        pack["recipients"].as_array().unwrap().iter().map(|to| to["role"].as_str().unwrap().to_owned()).collect()
    };
    let (police, others): (Vec<&Value>, Vec<&Value>) =
        packs.iter().partition(|p| roles(p).contains(&"police".to_owned()));
    assert_eq!((police.len(), others.len()), (1, 1), "{packs:?}");
    let eml = |pack: &Value| {
        let number = pack["about"].as_str().unwrap().split(':').next().unwrap().to_owned();
        String::from_utf8(done(at, &["outbox", "show", &number, "--eml"]).stdout).unwrap()
    };
    let (for_police, for_others) = (police[0], others[0]);
    assert_eq!(roles(for_police), ["police"]);
    assert_eq!(for_police["children"], "R-0002");
    assert!(!eml(for_police).contains("R-0001") && !eml(for_police).contains("Stacked"));
    assert_eq!(for_others["children"], "R-0001, R-0002");
    assert!(eml(for_others).contains("R-0001") && eml(for_others).contains("Stacked"));
    // The paper with the address goes to nobody; its child is still listed.
    assert_eq!(for_police["documents"].as_array().unwrap().len(), 0);
    let papers: Vec<&str> =
        for_others["documents"].as_array().unwrap().iter().map(|paper| paper["child"].as_str().unwrap()).collect();
    assert_eq!(papers, ["R-0001"]);

    // The journal tells of it without saying whom or why; lifting is told too.
    let export = out(&done(at, &["journal", "export"]));
    assert_eq!(export.matches("case.restricted").count(), 2);
    assert!(!export.contains("placement is not"), "{export}");
    let restrictions = shown(at, &["case", "show", "R-0001"])["restrictions"].clone();
    let id = restrictions[0]["id"].as_str().unwrap();
    assert_eq!(dutyclerk(at, &["case", "unrestrict", "R-0002", id]).status.code(), Some(1));
    done(at, &["case", "unrestrict", "R-0001", id]);
    assert_eq!(shown(at, &["case", "show", "R-0001"])["restrictions"].as_array().unwrap().len(), 0);
}

#[test]
fn sy_44_case_show_tells_the_actions_that_meetings_agreed_and_how_each_stands() {
    use dutyclerk::casework::{Action, CaseRef};
    use dutyclerk::{clock::Chance, seal::MasterKey, store};
    let folder = installed();
    let at = folder.path();
    arrives(at, "rat-stacked.xlsx", "worker@surrey.example");
    done(at, &["run", "--once"]);
    let action = |text: &str, by: Option<&str>, status: Option<&str>| Action {
        text: text.to_owned().into(),
        by: by.map(|by| by.to_owned().into()),
        who: Some("Lea Row".to_owned().into()),
        status: status.map(str::to_owned),
        sensitive: text.starts_with("Tell"),
    };
    let actions = [
        action("Visit the family", Some("2026-11-20"), Some("COMPLETED")),
        action("Submit the NRM referral", Some("before Christmas"), Some("OUTSTANDING")),
        action("Tell the source", None, None),
    ];
    let key = std::fs::read_to_string(at.join("state/master.key")).unwrap();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let settings = store::StoreSettings::new(store::Place::File(at.join("state/dutyclerk.db"))).existing();
        let key = MasterKey::from_text(key.trim()).unwrap();
        let store = store::Store::open(&settings, key, Chance::system().unwrap()).await.unwrap();
        let mut tx = store.begin(now()).await.unwrap();
        let case = tx.case(CaseRef(1)).await.unwrap().unwrap();
        let meeting = tx.items_of_case(CaseRef(1)).await.unwrap().remove(0).meeting;
        tx.put_actions(&case, &meeting, &actions).await.unwrap();
        tx.commit().await.unwrap();
    });
    let shown = shown(at, &["case", "show", "R-0001"])["actions"].clone();
    let told =
        |n: usize| ["action", "who", "by_when", "status"].map(|k| shown[n][k].as_str().unwrap_or("-").to_owned());
    assert_eq!(told(0), ["Visit the family", "Lea Row", "2026-11-20", "COMPLETED"]);
    assert_eq!(told(1), ["Submit the NRM referral", "Lea Row", "before Christmas", "OUTSTANDING"]);
    assert_eq!(told(2), ["(kept apart, SY-21)", "Lea Row", "-", "OPEN"]);
    assert!(out(&done(at, &["case", "show", "R-0001"])).contains("Submit the NRM referral"));
}

#[test]
fn a_changed_journal_line_is_named() {
    let folder = installed();
    let at = folder.path();
    done(at, &["run", "--once"]);
    let database = at.join("state/dutyclerk.db");
    let alter = format!("sqlite://{}", database.display());
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        use sqlx::{AnyConnection, Connection};
        sqlx::any::install_default_drivers();
        let mut db = AnyConnection::connect(&alter).await.unwrap();
        sqlx::query("UPDATE journal SET reason = 'nothing happened' WHERE seq = 1").execute(&mut db).await.unwrap();
        db.close().await.unwrap();
    });
    let output = dutyclerk(at, &["journal", "verify"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("broken at line 1"), "{}", err(&output));
    let output = dutyclerk(at, &["journal", "verify", "--json"]);
    assert_eq!((output.status.code(), json(&output)[0]["line"].as_i64()), (Some(1), Some(1)));
}

#[test]
fn an_empty_database_never_passes_for_a_lost_one() {
    let folder = copy();
    done(folder.path(), &["key", "new"]);
    for verb in [&["journal", "verify"][..], &["status"], &["explain", "R-0001"], &["held", "list"]] {
        let output = dutyclerk(folder.path(), verb);
        assert_eq!(output.status.code(), Some(1), "{verb:?}");
        assert!(err(&output).contains("there is no database"), "{}", err(&output));
    }
}

#[test]
fn what_is_not_there_is_told_and_what_is_no_reference_is_a_mistake() {
    let folder = installed();
    let unknown = ["R-9999", "M-999999", "S-999999", "H-9999", "surrey-rmm-ne/2026-11-24", "nobody/2026-11-24"];
    for about in unknown {
        let output = dutyclerk(folder.path(), &["explain", about]);
        assert_eq!(output.status.code(), Some(1), "{about}");
        assert!(err(&output).contains("there is no") && err(&output).contains(about), "{}", err(&output));
    }
    for about in ["42", "R-", "R-0", "surrey-rmm-ne/2026-13-01"] {
        assert_eq!(dutyclerk(folder.path(), &["explain", about]).status.code(), Some(2), "{about}");
    }
}

#[test]
fn a_master_key_is_private_and_never_replaced() {
    let folder = copy();
    let file = folder.path().join("elsewhere/master.key");
    let new = || dutyclerk(folder.path(), &["key", "new", "--out", file.to_str().unwrap()]);
    assert_eq!(new().status.code(), Some(0));
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!((text.len(), std::fs::metadata(&file).unwrap().permissions().mode() & 0o777), (45, 0o600));
    let again = new();
    assert_eq!(again.status.code(), Some(1));
    assert!(err(&again).contains("stays as it is"), "{}", err(&again));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn check_tells_of_a_missing_key_an_open_one_and_an_unknown_form() {
    let folder = copy();
    let at = folder.path();
    assert!(err(&dutyclerk(at, &["check"])).contains("there is no master key here yet"));
    done(at, &["key", "new"]);
    std::fs::set_permissions(at.join("state/master.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let output = dutyclerk(at, &["check", "--connect"]);
    assert_eq!(output.status.code(), Some(1), "its mailboxes are not there: {}", err(&output));
    assert!(out(&output).contains("failed  folder       mailbox st-helens-mace cannot be opened"), "{}", out(&output));
    assert!(err(&output).contains("others on this machine can read the master key"), "{}", err(&output));
    assert!(out(&output).contains("The database and every mailbox were tried"), "{}", out(&output));
    std::fs::create_dir(at.join("panels")).unwrap();
    let shipped = std::fs::read_to_string(crate::command::shipped().join("panels/surrey-rmm.toml")).unwrap();
    std::fs::write(at.join("panels/surrey-rmm.toml"), shipped.replace("\"surrey-rat\", ", "\"surrey-rot\", ")).unwrap();
    let output = dutyclerk(at, &["check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("surrey-rot") && err(&output).contains("Write one of"), "{}", err(&output));
}

#[test]
fn with_sending_switched_off_everything_waits() {
    let folder = installed();
    let at = folder.path();
    change(&at.join("dutyclerk.toml"), "enabled = true", "enabled = false");
    arrives(at, "rat-labels-above.xlsx", "worker@surrey.example");
    let turn = shown(at, &["run", "--once"]);
    assert_eq!((turn["decided"].as_i64(), turn["sent"].as_i64()), (Some(1), Some(0)));
    assert!(!at.join("state/out").exists());
    assert_eq!(json(&done(at, &["outbox", "list", "--state", "settled", "--json"])).len(), 0);
    change(&at.join("dutyclerk.toml"), "enabled = false", "enabled = true");
    assert!(shown(at, &["run", "--once"])["sent"].as_i64().unwrap() >= 1);
}

#[test]
fn a_mailbox_that_is_not_there_stops_no_other() {
    let folder = installed();
    let at = folder.path();
    std::fs::remove_dir_all(at.join("mail/st-helens-mace")).unwrap();
    arrives(at, "rat-labels-above.xlsx", "worker@surrey.example");
    assert_eq!(shown(at, &["run", "--once"])["received"], 1);
    let status = out(&done(at, &["status"]));
    assert!(status.contains("mailbox st-helens-mace has never been swept"), "{status}");
}

#[test]
fn told_to_stop_the_daemon_ends_after_a_finished_turn_and_runs_alone() {
    let folder = installed();
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_dutyclerk"))
        .arg("--config")
        .arg(folder.path())
        .arg("run")
        .env("DUTYCLERK_LOG", "info")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(daemon.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("running") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "it ended before it ran");
    }
    let second = dutyclerk(folder.path(), &["run", "--once"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(err(&second).contains("another dutyclerk is running"), "{}", err(&second));
    rustix::process::kill_process(rustix::process::Pid::from_child(&daemon), rustix::process::Signal::TERM).unwrap();
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert!(daemon.wait().unwrap().success());
    assert!(rest.contains("stopped after a finished turn"), "{rest}");
}

/// Every rule id of the catalogue that the program, its profiles or its mails cite.
fn cited(folder: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            cited(&path, into);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
            into.extend(words.map(|word| word.trim_matches('-')).filter(|word| is_rule(word)).map(str::to_owned));
        }
    }
}

fn is_rule(word: &str) -> bool {
    let Some((series, number)) = word.split_once('-') else { return false };
    ["SH", "SY", "BD", "S0", "NT", "MC", "OP"].contains(&series)
        && number.len() == 2
        && number.bytes().all(|b| b.is_ascii_digit())
}

#[test]
fn every_rule_that_is_cited_has_its_sentence() {
    let mut rules = Vec::new();
    for folder in ["src", "templates", "config"] {
        cited(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut rules);
    }
    rules.sort();
    rules.dedup();
    assert!(rules.len() > 60, "{rules:?}");
    // A test cites a rule that does not exist.
    let without: Vec<&String> =
        rules.iter().filter(|rule| *rule != "SY-99" && dutyclerk::casework::rules::meaning(rule).is_none()).collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn sy_33_case_clock_starts_and_stops_a_clock_of_the_cases_panel() {
    let folder = installed();
    let at = folder.path();
    arrives(at, "rat-stacked.xlsx", "worker@surrey.example");
    done(at, &["run", "--once"]);
    let from = today();
    let clock = |more: &[&str]| dutyclerk(at, &[&["case", "clock", "R-0001", "--rule"], more].concat());
    assert_eq!(clock(&["SY-33", "--from", &from.to_string(), "--by", "Graham Rimmer"]).status.code(), Some(0));
    let clocks = &shown(at, &["case", "show", "R-0001"])["clocks"];
    assert!(clocks.to_string().contains(&format!("SY-33 from {from} (by Graham Rimmer)")), "{clocks}");
    let unknown = clock(&["SH-18", "--from", &from.to_string()]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(err(&unknown).contains("has no clock `SH-18`: it has SY-32, SY-33"), "{}", err(&unknown));
    assert_eq!(clock(&["SY-33", "--from", "2036-01-01"]).status.code(), Some(2), "a slip of the pen");
    assert_eq!(clock(&["SY-33", "--stop", "--by", "Graham Rimmer"]).status.code(), Some(0));
    assert!(!shown(at, &["case", "show", "R-0001"])["clocks"].to_string().contains("SY-33"));
}

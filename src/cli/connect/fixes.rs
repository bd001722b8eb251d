//! What a fault means here: which step it was, and what an administrator does about it. For Microsoft 365 with the commands of
//! Exchange Online's PowerShell.

use crate::inbound::mailbox::Fault;
use crate::oauth::explain;
use crate::outbound::submission::reply::Said;
use crate::outbound::submission::smtp;

const NETWORK: &str = "Look at host and port, and at the firewall between.";
const CERTIFICATE: &str =
    "Its certificate must bear the host's name; for a private authority give ca_file. Or try the other tls.";
const AGAIN: &str = "Try again; ask who runs the server.";

/// The step of an IMAP connection at which it ended, and what to do; `user` is the mailbox.
pub(super) fn imap(fault: Fault, token: bool, user: &str) -> (&'static str, String) {
    let step = match fault {
        Fault::NoToken(_) => "token",
        Fault::Unreachable | Fault::TimedOut("connect") => "connection",
        Fault::Tls | Fault::TimedOut("TLS" | "STARTTLS") => "TLS",
        Fault::Greeting | Fault::TimedOut("greeting") => "greeting",
        Fault::Login | Fault::TokenRefused => "login",
        Fault::TimedOut("LOGIN" | "AUTHENTICATE") | Fault::Lost("LOGIN" | "AUTHENTICATE") => "login",
        _ => "folder",
    };
    let fix = match fault {
        Fault::NoToken(why) => explain(&why.code()).1.to_owned(),
        Fault::Unreachable | Fault::Greeting | Fault::TimedOut("connect" | "greeting") => NETWORK.to_owned(),
        Fault::Tls | Fault::TimedOut("TLS" | "STARTTLS") => CERTIFICATE.to_owned(),
        Fault::Login => {
            "Look at user and password_file. Microsoft 365 takes no passwords over IMAP: use oauth.".to_owned()
        }
        Fault::TokenRefused => format!(
            "Look at the token's step above first. Then, in Exchange Online PowerShell: is the application known there \
             (Get-ServicePrincipal; if not, New-ServicePrincipal with the object id of the *enterprise application*, not of the \
             app registration)? Has it the mailbox (Get-MailboxPermission {user}; if not, Add-MailboxPermission {user} -User \
             <service principal> -AccessRights FullAccess)? Is IMAP on for it (Set-CASMailbox {user} -ImapEnabled $true)? A \
             change takes up to an hour."
        ),
        Fault::NotConnected => format!(
            "Exchange knows the application, and opens no mailbox for it: is there a mailbox {user}, is IMAP on for it \
             (Set-CASMailbox {user} -ImapEnabled $true), and has the application FullAccess (Get-MailboxPermission {user})?"
        ),
        Fault::Throttled => "Wait some minutes. Look whether another program reads the same mailbox.".to_owned(),
        Fault::Refused(_) | Fault::NoUidValidity if token => {
            format!("Look at folder: is there one of that name? Has the application FullAccess to {user}?")
        }
        Fault::Refused(_) | Fault::NoUidValidity => {
            "Look at folder: is there one of that name, and may this user open it?".to_owned()
        }
        Fault::Busy | Fault::TimedOut(_) | Fault::Lost(_) | Fault::Nonsense(_) => AGAIN.to_owned(),
    };
    (step, fix)
}

/// The step of a submission at which it ended, and what to do.
pub(super) fn smtp(fault: smtp::Fault, token: bool) -> (&'static str, String) {
    use smtp::Fault;
    let step = match fault {
        Fault::NoToken(_) => "token",
        Fault::Unreachable | Fault::TimedOut("connecting") => "connection",
        Fault::NoStarttls | Fault::Tls => "TLS",
        Fault::TimedOut("TLS" | "STARTTLS") | Fault::Lost("STARTTLS") | Fault::Nonsense("STARTTLS") => "TLS",
        Fault::Greeting | Fault::TimedOut(_) | Fault::Lost("greeting") => "greeting",
        Fault::NoLogin | Fault::Login(_) | Fault::Lost("AUTH") | Fault::Nonsense("AUTH") => "login",
        Fault::Later(_) => "login",
        Fault::Lost(_) | Fault::Nonsense(_) => "sender",
    };
    let fix = match fault {
        Fault::NoToken(why) => explain(&why.code()).1,
        Fault::Unreachable | Fault::Greeting => {
            "Look at host and port, and at the firewall between; for port 465 write tls = \"implicit\"."
        }
        Fault::NoStarttls => "Nothing is sent in the clear: use port 465 with tls = \"implicit\", or another server.",
        Fault::Tls => CERTIFICATE,
        Fault::NoLogin if token => {
            "The server does not offer XOAUTH2: is SMTP AUTH switched off? In Exchange Online PowerShell: Set-CASMailbox \
             <mailbox> -SmtpClientAuthenticationDisabled $false."
        }
        Fault::NoLogin => "Ask who runs the server to allow PLAIN or LOGIN over TLS, or take user away.",
        Fault::Login(said) => login(said, token),
        Fault::Later(_) | Fault::TimedOut(_) | Fault::Lost(_) | Fault::Nonsense(_) => AGAIN,
    };
    (step, fix.to_owned())
}

/// What a refused login means, by its code.
fn login(said: Said, token: bool) -> &'static str {
    match said.status.map(|status| (status.subject, status.detail)) {
        Some((7, 139 | 57)) => {
            "SMTP AUTH is switched off for the tenant or the mailbox. In Exchange Online PowerShell: Set-CASMailbox <mailbox> \
             -SmtpClientAuthenticationDisabled $false (the mailbox's own setting beats the tenant's). Security defaults and \
             conditional access can forbid it, too."
        }
        Some((7, 30)) => "The server takes no passwords any more: use oauth in place of password_file.",
        _ if token => {
            "Look at the token's rights above. Then, in Exchange Online PowerShell: is the application known there \
             (Get-ServicePrincipal; if not, New-ServicePrincipal with the object id of the *enterprise application*)? Has it the \
             mailbox named as user (Add-MailboxPermission <mailbox> -User <service principal> -AccessRights FullAccess)? Is SMTP \
             AUTH on for that mailbox (Set-CASMailbox <mailbox> -SmtpClientAuthenticationDisabled $false)? A change takes up to \
             an hour."
        }
        _ => "Look at user and password_file; 5.7.30 or 5.7.139 say that the server takes passwords no more.",
    }
}

/// What a refused sender means.
pub(super) fn sender(said: Said) -> String {
    if said.is_about_the_login() {
        return login(said, true).to_owned();
    }
    "The account may not send as this address: grant it Send As (Add-RecipientPermission <address> -Trustee <account> \
     -AccessRights SendAs), or let the panel's `from` be the account's own address."
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::submission::reply::Status;

    #[test]
    fn each_fault_has_its_step_and_what_to_do() {
        let said = |subject, detail| Said { code: 535, status: Some(Status { class: 5, subject, detail }) };
        for (fault, token, step, says) in [
            (smtp::Fault::Login(said(7, 139)), true, "login", "SmtpClientAuthenticationDisabled $false"),
            (smtp::Fault::Login(said(7, 57)), true, "login", "switched off for the tenant"),
            (smtp::Fault::Login(said(7, 3)), true, "login", "New-ServicePrincipal"),
            (smtp::Fault::Login(said(7, 30)), false, "login", "use oauth"),
            (smtp::Fault::NoLogin, true, "login", "XOAUTH2"),
            (smtp::Fault::TimedOut("TLS"), true, "TLS", "Try again"),
        ] {
            let (found, fix) = smtp(fault, token);
            assert!(found == step && fix.contains(says), "{fault:?}: {found}: {fix}");
        }
        for (fault, step, says) in [
            (Fault::TokenRefused, "login", "Add-MailboxPermission duty@x.example"),
            (Fault::NotConnected, "folder", "Set-CASMailbox duty@x.example -ImapEnabled $true"),
            (Fault::Unreachable, "connection", "firewall"),
            (Fault::Lost("EXAMINE"), "folder", "Try again"),
        ] {
            let (found, fix) = imap(fault, true, "duty@x.example");
            assert!(found == step && fix.contains(says), "{fault:?}: {found}: {fix}");
        }
        assert!(sender(Said { code: 550, status: None }).contains("Send As"));
    }
}

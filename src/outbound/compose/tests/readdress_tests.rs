use super::*;
use crate::casework::FrozenBytes;

fn later() -> Stamp {
    let at = "2026-11-23T12:00:00Z".parse().unwrap();
    Stamp { reference: SentRef(901), date: at, id: uuid::Uuid::from_u128(7), boundary: [9; 16] }
}

/// What follows the head.
fn body(whole: &[u8]) -> &[u8] {
    let end = whole.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    &whole[end..]
}

#[test]
fn op_12_a_mail_for_fewer_names_them_alone_and_is_the_same_to_the_byte_below_its_head() {
    let mail = pack(&samples::agendas(&head())[0]).unwrap();
    let (chair, nurse): (Address, Address) = (CORE[0].parse().unwrap(), CORE[2].parse().unwrap());
    let to = [(Some("Sample, Samira"), &chair), (None, &nurse)];
    let again = readdress(mail.bytes(), &to, &later()).unwrap();
    let (before, after) = (mail.bytes().to_vec(), again.bytes.to_vec());
    assert_eq!(body(&before), body(&after), "the words and the papers that were approved");
    assert_eq!(again.bytes.papers().len(), mail.bytes().papers().len());
    let parsed = MessageParser::default().parse(&after).unwrap();
    let named: Vec<_> = parsed.to().unwrap().iter().map(|to| (to.name(), to.address().unwrap())).collect();
    assert_eq!(named, [(Some("Sample, Samira"), CORE[0]), (None, CORE[2])]);
    let head = String::from_utf8(after[..after.len() - body(&after).len()].to_vec()).unwrap();
    assert!(!head.contains(CORE[1]), "{head}");
    assert_eq!(again.message_id.trim_matches(['<', '>']), parsed.message_id().unwrap());
    assert_ne!(again.message_id, mail.message_id());
    assert_eq!(parsed.header_raw("X-Dutyclerk-Ref").unwrap().trim(), "S-000901");
    assert_eq!(parsed.date().unwrap().to_timestamp(), later().date.as_second());
    let old = MessageParser::default().parse(&before).unwrap().into_owned();
    for kept in ["From", "Subject", "Auto-Submitted", "X-Auto-Response-Suppress", "X-Dutyclerk-Kind", "Content-Type"] {
        assert_eq!(parsed.header_raw(kept), old.header_raw(kept), "{kept}");
    }
    assert_eq!(
        head.lines().count(),
        String::from_utf8_lossy(&before).split("\r\n\r\n").next().unwrap().lines().count() - 1
    );
}

#[test]
fn op_12_what_compose_did_not_freeze_is_readdressed_to_nobody() {
    let chair: Address = CORE[0].parse().unwrap();
    for text in [
        "",
        "no head",
        "Subject: x\r\n\r\nTo: a@b.example\r\n",
        "To: a@b.example\r\nTo: c@d.example\r\nDate: x\r\nMessage-ID: <1@b.example>\r\nX-Dutyclerk-Ref: S-1\r\n\r\n",
        "To: a@b.example\r\nDate: x\r\nMessage-ID: none\r\nX-Dutyclerk-Ref: S-1\r\n\r\n",
    ] {
        let frozen = FrozenBytes::new(text.as_bytes().to_vec(), Vec::new());
        assert!(readdress(&frozen, &[(None, &chair)], &later()).is_err(), "{text}");
    }
}

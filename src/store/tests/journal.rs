use super::*;
use crate::casework::Ref;

/// Somebody who tampers first lets go of what ties the rows together.
const UNTIED: &str = match ENGINE {
    Engine::Sqlite => "PRAGMA defer_foreign_keys = ON",
    Engine::Postgres => "ALTER TABLE journal_refs DROP CONSTRAINT journal_refs_seq_fkey",
};

async fn five_lines(scratch: &Scratch) {
    for n in 0..3 {
        let mut tx = scratch.store.begin(at(n)).await.unwrap();
        for m in 0..if n == 1 { 3 } else { 1 } {
            tx.journal(Line {
                event: "case.opened",
                rule: Some("SY-07".into()),
                reason: format!("R-000{} from M-00000{m}", n + 1),
                refs: vec![
                    Ref::Case(crate::casework::CaseRef(n + 1)),
                    Ref::Message(crate::casework::MessageRef(m + 1)),
                ],
            });
        }
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn lines_are_chained_and_found_by_what_they_are_about() {
    let scratch = Scratch::new().await;
    assert!(matches!(scratch.read().await.verify().await.unwrap(), Verdict::Intact { lines: 0, .. }));
    five_lines(&scratch).await;
    let mut view = scratch.read().await;
    assert!(matches!(view.verify().await.unwrap(), Verdict::Intact { lines: 5, .. }));
    let page = view.journal_after(1, 2).await.unwrap();
    assert_eq!(page.iter().map(|line| line.seq).collect::<Vec<_>>(), [2, 3]);
    let about = view.journal_about(&"R-0002".parse().unwrap()).await.unwrap();
    assert_eq!(about.iter().map(|line| line.seq).collect::<Vec<_>>(), [2, 3, 4]);
    let exported = serde_json::to_string(&page[0]).unwrap();
    assert_eq!(
        exported,
        r#"{"at":"2026-11-30T00:53:21+00:00","event":"case.opened","rule":"SY-07","reason":"R-0002 from M-000000","refs":["M-000001","R-0002"]}"#
    );
}

#[tokio::test]
async fn times_are_exported_with_londons_offset() {
    let summer = JournalLine {
        seq: 1,
        at: "2026-07-01T11:00:00.75Z".parse().unwrap(),
        event: "e".into(),
        rule: None,
        reason: String::new(),
        refs: vec![],
    };
    assert!(serde_json::to_string(&summer).unwrap().contains(r#""at":"2026-07-01T12:00:00+01:00""#));
}

#[tokio::test]
async fn a_transaction_that_is_dropped_journals_nothing() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    tx.journal(Line { event: "e", rule: None, reason: String::new(), refs: vec![] });
    tx.append_journal().await.unwrap();
    drop(tx);
    five_lines(&scratch).await;
    assert!(matches!(scratch.read().await.verify().await.unwrap(), Verdict::Intact { lines: 5, .. }));
}

#[tokio::test]
async fn two_programs_that_write_by_turns_make_one_chain() {
    let scratch = Scratch::new().await;
    let other = open(&scratch.home, 1).await.unwrap();
    for store in [&scratch.store, &other, &scratch.store, &scratch.store, &other] {
        let mut tx = store.begin(at(0)).await.unwrap();
        tx.journal(Line { event: "e", rule: None, reason: String::new(), refs: vec![] });
        tx.commit().await.unwrap();
    }
    assert!(matches!(scratch.read().await.verify().await.unwrap(), Verdict::Intact { lines: 5, .. }));
}

#[tokio::test]
async fn altering_any_column_of_any_line_is_found_and_named() {
    let scratch = Scratch::new().await;
    five_lines(&scratch).await;
    let (changed, zero, zeros) = match ENGINE {
        Engine::Sqlite => {
            ("CAST(REPLACE(CAST(bytes AS TEXT), 'SY-07', 'SY-08') AS BLOB)", "x'00'", "CAST(zeroblob(32) AS BLOB)")
        }
        Engine::Postgres => (
            "convert_to(replace(convert_from(bytes, 'UTF8'), 'SY-07', 'SY-08'), 'UTF8')",
            r"'\x00'::bytea",
            "decode(repeat('00', 32), 'hex')",
        ),
    };
    let alterations = [
        ("seq", "seq + 100"),
        ("at", "at + 1"),
        ("event", "event || ' '"),
        ("rule", "'SY-08'"),
        ("rule", "NULL"),
        ("reason", "'R-0009'"),
        ("refs", "'[]'"),
        ("refs", "refs || ' '"),
        ("bytes", changed),
        ("bytes", zero),
        ("hash", zero),
        ("hash", zeros),
        // A column of PostgreSQL's takes nothing else than it says.
        ("at", if ENGINE == Engine::Sqlite { "'never'" } else { "-1" }),
    ];
    let columns = ["seq", "at", "event", "rule", "reason", "refs", "bytes", "hash"];
    assert!(columns.iter().all(|c| alterations.iter().any(|(column, _)| c == column)));
    for seq in 1..=5 {
        for (column, value) in alterations {
            let mut tx = scratch.begin().await;
            let text = format!("{UNTIED}; UPDATE journal SET {column} = {value} WHERE seq = {seq}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(tx.db()).await.unwrap();
            match tx.verify().await.unwrap() {
                Verdict::Broken { seq: found, .. } => assert_eq!(found, seq, "{column} = {value}"),
                Verdict::Intact { .. } => panic!("{column} = {value} in line {seq} went unnoticed"),
            }
        }
    }
    assert!(matches!(scratch.read().await.verify().await.unwrap(), Verdict::Intact { lines: 5, .. }));
}

#[tokio::test]
async fn removing_adding_moving_or_rewriting_lines_is_found_and_named() {
    let scratch = Scratch::new().await;
    five_lines(&scratch).await;
    let copy = "INSERT INTO journal SELECT 6, at, event, rule, reason, refs, bytes, hash FROM journal WHERE seq = 5";
    let (rewritten, no_hash) = match ENGINE {
        Engine::Sqlite => (
            "UPDATE journal SET reason = 'x', bytes = CAST(REPLACE(CAST(bytes AS TEXT), reason, 'x') AS BLOB) WHERE seq = 2",
            "UPDATE journal_head SET hash = x'00'",
        ),
        Engine::Postgres => (
            "UPDATE journal SET reason = 'x', bytes = convert_to(replace(convert_from(bytes, 'UTF8'), reason, 'x'), 'UTF8') \
             WHERE seq = 2",
            r"UPDATE journal_head SET hash = '\x00'",
        ),
    };
    for (change, bad) in [
        ("DELETE FROM journal WHERE seq = 1", 1),
        ("DELETE FROM journal WHERE seq = 3", 3),
        ("DELETE FROM journal WHERE seq = 5", 5),
        ("DELETE FROM journal", 1),
        (copy, 6),
        (rewritten, 2),
        (
            "UPDATE journal SET seq = -2 WHERE seq = 2; UPDATE journal SET seq = 2 WHERE seq = 3; UPDATE journal SET seq = 3 WHERE seq = -2",
            2,
        ),
        ("INSERT INTO journal SELECT 0, at, event, rule, reason, refs, bytes, hash FROM journal WHERE seq = 5", 0),
        ("UPDATE journal_head SET seq = 4", 5),
        ("UPDATE journal_head SET seq = 6", 6),
        (no_hash, 5),
        ("DELETE FROM journal_head", 5),
        ("DELETE FROM journal_refs WHERE seq = 4", 4),
        ("INSERT INTO journal_refs (ref, seq) VALUES ('R-0777', 4)", 4),
    ] {
        let mut tx = scratch.begin().await;
        let text = format!("{UNTIED}; {change}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(tx.db()).await.unwrap();
        match tx.verify().await.unwrap() {
            Verdict::Broken { seq, .. } => assert_eq!(seq, bad, "{change}"),
            Verdict::Intact { .. } => panic!("{change} went unnoticed"),
        }
    }
}

#[tokio::test]
async fn a_long_journal_is_walked_page_by_page() {
    let scratch = Scratch::new().await;
    let mut tx = scratch.begin().await;
    for n in 1..=1203 {
        let refs = vec![Ref::Case(crate::casework::CaseRef(n))];
        tx.journal(Line { event: "e", rule: None, reason: "r".into(), refs });
    }
    tx.commit().await.unwrap();
    assert!(matches!(scratch.read().await.verify().await.unwrap(), Verdict::Intact { lines: 1203, .. }));
    scratch.tamper("UPDATE journal SET reason = 'x' WHERE seq = 1100").await;
    assert!(matches!(scratch.read().await.verify().await.unwrap(), Verdict::Broken { seq: 1100, .. }));
}

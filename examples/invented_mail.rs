//! Writes invented mail for trying things out and for measuring `simulate`:
//!
//! ```text
//! cargo run --example invented_mail -- DIR               the demo's six weeks: DIR/mail and DIR/directory.csv
//! cargo run --example invented_mail -- DIR 2000 100000   2,000 mails of about 100,000 bytes each in DIR/mail
//! ```

use anyhow::{Context, bail};
use dutyclerk::rehearsal::corpus;
use std::path::Path;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [dir] => {
            corpus::write(Path::new(dir), &|_, _| ())?;
            std::fs::write(Path::new(dir).join("directory.csv"), corpus::directory_csv())?;
        }
        [dir, count, bytes] => {
            let count = count.parse().context("the number of mails is not a number")?;
            let bytes = bytes.parse().context("the size of a mail is not a number")?;
            corpus::bulk(Path::new(dir), count, bytes)?;
        }
        _ => bail!("say where: invented_mail DIR [COUNT BYTES]"),
    }
    Ok(())
}

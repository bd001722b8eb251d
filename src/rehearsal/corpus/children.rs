//! The invented children. Names are plain British ones, NHS numbers come from the 999 test range (facts 4.4), GP practices
//! from the invented directory.

use jiff::civil::{Date, date};

/// One invented child.
#[derive(Clone, Copy, Debug)]
pub(super) struct Child<'a> {
    /// How the story calls the child; never leaves the program.
    pub(super) key: &'a str,
    pub(super) name: &'a str,
    pub(super) born: Date,
    pub(super) lcs: &'a str,
    /// Serial within the test range, see [`nhs_number`].
    pub(super) nhs: u32,
    pub(super) address: &'a str,
    /// As written on the form.
    pub(super) gp: &'a str,
    pub(super) school: &'a str,
}

/// The valid NHS number with this serial: `999` and six digits, with its check digit (mod 11); a serial that has no valid
/// check digit is skipped by going on to the next.
pub(super) fn nhs_number(serial: u32) -> String {
    (serial..)
        .find_map(|serial| {
            let nine = format!("999{serial:06}");
            let sum: u32 =
                nine.chars().zip((2..=10).rev()).map(|(c, w): (char, u32)| c.to_digit(10).unwrap_or(0) * w).sum();
            match 11 - sum % 11 {
                10 => None,
                check => Some(format!("{nine}{}", check % 11)),
            }
        })
        .unwrap_or_default()
}

const fn child(
    key: &'static str,
    name: &'static str,
    born: Date,
    (lcs, nhs): (&'static str, u32),
    address: &'static str,
    gp: &'static str,
    school: &'static str,
) -> Child<'static> {
    Child { key, name, born, lcs, nhs, address, gp, school }
}

const HARBOUR: &str = "Harbour Lane Surgery (Z99001), 2 Harbour Lane, ZZ11 1AA";
const OLD_MILL: &str = "The Old Mill Practice, Mill Road, ZZ11 2AB";
const BEACON: &str = "Beacon Hill Medical Centre, Beacon Hill, ZZ12 1BA";
const STATION: &str = "Z99004 Station Road Surgery";
const PRIORY: &str = "Priory Park Surgery, 40 Priory Park, ZZ13 1CA";
const VENN: &str = "Dr Venn and Partners, Z99006, ZZ13 4CE";
const WHARF: &str = "Wharf Street Health Centre, 1 Wharf Street, ZZ14 1DA";
const LARKFIELD: &str = "Larkfield Practice (ODS Z99008)";
/// In no directory: a person has to find out.
const UNKNOWN: &str = "Dr Ferris, somewhere near the old station";
const TOWN: &str = "Town Centre Surgery, St Helens";

/// Every child, by area.
#[rustfmt::skip]
const CHILDREN: &[Child<'static>] = &[
    // St Helens.
    child("callum", "Callum Fairhurst", date(2011, 3, 14), ("402117", 101), "8 Rookery Close, ZZ20 1AA", TOWN, "Eccleston Vale High School"),
    child("ellie", "Ellie-Mae Prescott", date(2012, 7, 2), ("402230", 112), "31 Canal View, ZZ20 3BT", TOWN, "Sutton Bank Academy"),
    child("jayden", "Jayden Rimmer", date(2010, 11, 27), ("398844", 123), "5 Foundry Walk, ZZ21 4DE", TOWN, "Not in education"),
    child("poppy", "Poppy Leyland", date(2011, 9, 9), ("401006", 134), "17 Glassworks Lane, ZZ20 2QF", TOWN, "Eccleston Vale High School"),
    child("harvey", "Harvey Anders", date(2013, 1, 30), ("403552", 145), "64 Dentons Green, ZZ21 1RR", TOWN, "Sutton Bank Academy"),
    child("tia", "Tia Molyneux", date(2010, 5, 18), ("399715", 156), "2 Ravenhead Court, ZZ20 5HJ", TOWN, "Windle Bridge School"),
    child("bryn", "Bryn Latimer", date(2012, 12, 5), ("402981", 167), "90 Peasley Street, ZZ21 3SD", TOWN, "Windle Bridge School"),
    child("ryan", "Ryan Speakman", date(2011, 6, 21), ("401660", 178), "11 Sherdley Avenue, ZZ20 7YP", TOWN, "Sutton Bank Academy"),
    child("leah", "Leah Gaskell", date(2010, 2, 11), ("397402", 189), "3 Bold Terrace, ZZ21 6LM", TOWN, "College, construction"),
    child("mason", "Mason Critchley", date(2012, 4, 25), ("403118", 190), "27 Marshalls Rise, ZZ20 4WE", TOWN, "Eccleston Vale High School"),
    child("sian", "Sian Fazackerley", date(2010, 9, 24), ("398120", 601), "12 Portico Lane, ZZ21 8BN", TOWN, "Sutton Bank Academy"),
    child("owen", "Owen Tickle", date(2011, 8, 16), ("401933", 201), "49 Burtonhead Road, ZZ21 2AG", TOWN, "Windle Bridge School"),
    // Surrey, North East.
    child("amelia", "Amelia Rashid", date(2012, 5, 6), ("1840211", 212), "12 Orchard Rise, ZZ11 4HN", HARBOUR, "Riverside Secondary School"),
    child("noah", "Noah Okafor", date(2010, 10, 13), ("1838870", 223), "7 Quarry Gardens, ZZ11 8PR", OLD_MILL, "Downs Park Academy"),
    child("freya", "Freya Whitcombe", date(2011, 12, 1), ("1841094", 234), "55 Meadow Way, ZZ11 3DF", HARBOUR, "Riverside Secondary School"),
    child("kian", "Kian Doherty", date(2010, 4, 4), ("1839027", 245), "1 Lock Cottages, ZZ11 6GW", OLD_MILL, "Downs Park Academy"),
    child("ruby", "Ruby Hargreaves", date(2011, 2, 22), ("1840655", 256), "80 Sandy Lane, ZZ11 5QD", HARBOUR, "Downs Park Academy"),
    child("dylan", "Dylan Pryce", date(2012, 9, 19), ("1842310", 267), "4 Fairmile Court, ZZ11 7TB", UNKNOWN, "Riverside Secondary School"),
    child("isla", "Isla Marchbank", date(2013, 3, 8), ("1842877", 278), "22 Heron Close, ZZ11 9LK", OLD_MILL, "Downs Park Academy"),
    child("rory", "Rory Marchbank", date(2011, 7, 15), ("1842878", 289), "22 Heron Close, ZZ11 9LK", OLD_MILL, "Downs Park Academy"),
    child("alfie", "Alfie Standen", date(2012, 1, 17), ("1842002", 290), "38 Weir Road, ZZ11 2JC", HARBOUR, "Riverside Secondary School"),
    child("megan", "Megan Trott", date(2011, 11, 3), ("1841730", 301), "6 The Causeway, ZZ11 1SX", HARBOUR, "Riverside Secondary School"),
    // Surrey, North West.
    child("zara", "Zara Pemberton", date(2011, 5, 29), ("1851120", 312), "14 Heather Drive, ZZ12 2NA", BEACON, "Heathlands School"),
    child("zara-2", "Zara Pemberton", date(2011, 5, 29), ("1815210", 0), "Flat 3, 9 Barrack Road, ZZ12 5FH", BEACON, "Heathlands School"),
    child("joshua", "Joshua Tindall", date(2010, 8, 7), ("1850433", 323), "71 Common Road, ZZ12 8KE", STATION, "Alternative provision"),
    child("chloe", "Chloe Van Dyke", date(2012, 2, 28), ("1851764", 334), "19 Pinewood Close, ZZ12 6BV", BEACON, "Heathlands School"),
    child("kayleigh", "Kayleigh Bright", date(2010, 12, 20), ("1849908", 345), "5 Parade Square, ZZ12 7WD", STATION, "Not in education"),
    child("leon", "Leon Abara", date(2011, 10, 10), ("1851303", 356), "2 Furze Hill, ZZ12 4XC", BEACON, "Heathlands School"),
    child("daisy", "Daisy Underhill", date(2013, 6, 12), ("1852455", 367), "40 Chobham Way, ZZ12 1TT", STATION, "Heathlands School"),
    child("reece", "Reece Gallimore", date(2010, 3, 26), ("1848711", 378), "3 Arsenal Lane, ZZ12 9JM", STATION, "College, motor vehicle"),
    child("maya", "Maya Lindley", date(2012, 11, 14), ("1852090", 389), "66 Goldsworth Rise, ZZ12 3RL", BEACON, "Heathlands School"),
    child("tyler", "Tyler Broome", date(2011, 4, 1), ("1850877", 390), "28 Bagshot Terrace, ZZ12 5SU", STATION, "Alternative provision"),
    // Surrey, South East.
    child("imogen", "Imogen Carver", date(2011, 1, 23), ("1860218", 401), "9 Godstone Row, ZZ13 2PB", PRIORY, "Weald Edge School"),
    child("kofi", "Kofi Asante", date(2010, 9, 5), ("1859640", 412), "35 Tillburn Street, ZZ13 6DY", VENN, "Weald Edge School"),
    child("lily", "Lily Hartnoll", date(2012, 6, 30), ("1861127", 423), "16 Stane Close, ZZ13 8EM", PRIORY, "Oakhurst Academy"),
    child("ethan", "Ethan Moxon", date(2011, 3, 19), ("1860473", 434), "4 Nutfield Yard, ZZ13 1VN", VENN, "Oakhurst Academy"),
    child("sophie", "Sophie Arkell", date(2012, 8, 24), ("1861355", 445), "52 Limpsfield Avenue, ZZ13 5GA", PRIORY, "Weald Edge School"),
    child("jamal", "Jamal Whitfield", date(2010, 7, 11), ("1859312", 456), "8 Holmesdale Court, ZZ13 3HT", VENN, "Alternative provision"),
    child("nia", "Nia Gethin", date(2011, 12, 17), ("1860988", 467), "21 Earlswood Rise, ZZ13 7CW", PRIORY, "Oakhurst Academy"),
    child("connor", "Connor Ashby", date(2010, 1, 15), ("1858877", 478), "10 Lingfield Mews, ZZ13 9RQ", VENN, "College, catering"),
    child("abigail", "Abigail Roe", date(2013, 2, 9), ("1861802", 489), "77 Oxted Place, ZZ13 4LP", PRIORY, "Weald Edge School"),
    child("marcus", "Marcus Fenn", date(2011, 9, 28), ("1860701", 490), "13 Priory Walk, ZZ13 2ZE", VENN, "Oakhurst Academy"),
    // Surrey, South West.
    child("holly", "Holly Draycott", date(2012, 3, 3), ("1870133", 501), "25 Wey Meadow, ZZ14 3FA", WHARF, "Hogsback School"),
    child("samuel", "Samuel Ogunleye", date(2010, 6, 16), ("1869427", 512), "18 Castle Street, ZZ14 7UH", LARKFIELD, "Hogsback School"),
    child("evie", "Evie Rowntree", date(2011, 11, 22), ("1870290", 523), "3 Tannery Lane, ZZ14 5KB", WHARF, "Godalming Reach School"),
    child("billy", "Billy Stannard", date(2012, 10, 8), ("1870846", 534), "60 Catteshall Road, ZZ14 9DN", LARKFIELD, "Godalming Reach School"),
    child("grace", "Grace Penhale", date(2011, 6, 4), ("1870055", 545), "7 Hambledon View, ZZ14 1QS", WHARF, "Hogsback School"),
    child("jordan", "Jordan Vickery", date(2008, 11, 30), ("1852219", 556), "Flat 12, Foyer House, ZZ14 6TC", LARKFIELD, "College, level 2"),
    child("matilda", "Matilda Frome", date(2013, 4, 27), ("1871004", 567), "44 Compton Lane, ZZ14 8WJ", WHARF, "Godalming Reach School"),
    child("aiden", "Aiden Clough", date(2010, 12, 12), ("1869911", 578), "29 Milford Green, ZZ14 2GX", LARKFIELD, "Hogsback School"),
];

/// The child the story calls so.
pub(super) fn find(key: &str) -> Option<&'static Child<'static>> {
    CHILDREN.iter().find(|child| child.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn nhs_numbers_come_from_the_test_range_with_the_published_check_digits() {
        assert_eq!(nhs_number(1), "9990000018");
        assert_eq!(nhs_number(10), "9990000107");
        // 999000000 and 999000014 have no valid check digit (facts 4.4).
        assert_eq!(nhs_number(0), nhs_number(1));
        assert_eq!(nhs_number(14), nhs_number(15));
    }

    #[test]
    fn no_two_children_share_a_number_except_the_pair_that_may_be_one() {
        let lcs: BTreeSet<_> = CHILDREN.iter().map(|child| child.lcs).collect();
        assert_eq!(lcs.len(), CHILDREN.len());
        let nhs: BTreeSet<_> = CHILDREN.iter().filter(|c| c.nhs > 0).map(|child| nhs_number(child.nhs)).collect();
        assert_eq!(nhs.len(), CHILDREN.len() - 1);
        let people: BTreeSet<_> = CHILDREN.iter().map(|child| (child.name, child.born)).collect();
        assert_eq!(people.len(), CHILDREN.len() - 1);
    }
}

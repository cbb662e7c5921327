use super::*;
use crate::recognize::marked;

/// Marks the dates found.
#[track_caller]
fn check(expected: &str) {
    marked::check(expected, |text| {
        let mut findings = Vec::new();
        find(&Words::cut(text), None, &mut findings);
        crate::recognize::merge::unite(findings)
    });
}

#[test]
fn numbers() {
    check("seen ⟦03/14/2024⟧ and ⟦2024-03-14T10:30:00Z⟧, ⟦14.3.2024⟧, ⟦3-14-24⟧, ⟦20240314⟧");
    check("⟦03/2024⟧ to ⟦2024-05⟧");
    check("version 1.2.840.10008 and 555-01-3344");
    check("DOB ⟦031450⟧ and DOB ⟦3 14 1950⟧");
}

#[test]
fn month_and_day() {
    check("admitted ⟦3/4⟧, discharged ⟦3/9⟧; stay ⟦3/4⟧-⟦3/9⟧");
    check("⟦3/14⟧: doing well. Seen on ⟦10/12⟧ at 9.");
    check("follow up Tuesday ⟦4/2⟧");
}

#[test]
fn clinical_numbers_are_no_dates() {
    check("strength 5/5, pain 3/10, BP 120/80, 2/6 murmur, 1/2 tab, vision 20/20, C5/6, L4-5, q 4/6 h");
    check("PHQ-9 12/27, GCS 14/15, MMSE 26/30, pulses 2/4, motor 4/5 bilaterally, 3/4 cup");
    check("metoprolol 12.5 mg, 3-4 times, POD 3, HD 5, grade 2/3, 0.9 NS, 4/4 bottles");
    check("12th rib, 5th intercostal space, 50th percentile, the 2nd dose, the 3rd trimester");
}

#[test]
fn words_and_numbers() {
    check("on ⟦March 3rd, 2024⟧ and ⟦Feb 14th '23⟧ and ⟦3 March⟧ and ⟦14-Mar-2024⟧ and ⟦14MAR24⟧");
    check("⟦March 3-9⟧; ⟦Aug 10th 2022⟧; ⟦April 2023⟧; in ⟦June⟧; mid-⟦January⟧");
    check("el ⟦14 de marzo de 2024⟧, am ⟦14. März 2024⟧, le ⟦14 mars 2024⟧, il ⟦3 giugno⟧, em ⟦2 de março de 2021⟧");
    check("she may march on; it may 20 mg");
}

#[test]
fn spelled_out() {
    check("date of birth ⟦march third nineteen fifty⟧");
    check("on ⟦the twelfth of may two thousand and four⟧");
    check("back on ⟦the 12th⟧. On ⟦the twelfth⟧, she fell; ⟦the 3rd of March⟧");
}

#[test]
fn holidays() {
    check("since ⟦Christmas⟧ and ⟦New Year's Eve⟧, after ⟦Labor Day⟧ and ⟦Thanksgiving 2019⟧, on ⟦Mother's Day⟧");
    check("Christmas disease");
}

#[test]
fn years_weekdays_times_and_durations_stay() {
    check("in 2019, on Monday at 10:30 for 3 weeks, in the 1990s, 34-year-old, since 2004");
}

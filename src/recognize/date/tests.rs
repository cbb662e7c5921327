use super::*;
use crate::recognize::marked;

/// Marks the dates found.
#[track_caller]
pub(super) fn check(expected: &str) {
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
    check("⟦March 3-9⟧; ⟦Aug 10th 2022⟧; ⟦April 2023⟧; in ⟦June⟧; ⟦mid-January⟧");
    check("el ⟦14 de marzo de 2024⟧, am ⟦14. März 2024⟧, le ⟦14 mars 2024⟧, il ⟦3 giugno⟧, em ⟦2 de março de 2021⟧");
    check("advice from Mayo Clinic; desde ⟦mayo⟧ con dolor");
    check("she may march on; it may 20 mg");
}

#[test]
fn spelled_out() {
    check("date of birth ⟦march third nineteen fifty⟧");
    check("on ⟦the twelfth of may two thousand and four⟧");
    check("back on ⟦the 12th⟧. On ⟦the twelfth⟧, she fell; ⟦the 3rd of March⟧");
}

#[test]
fn days_and_months_with_points_and_hyphens() {
    check("adm ⟦6.3.24⟧ dc ⟦6.9.24⟧; recheck by ⟦23.7⟧. Then; seit ⟦4.5⟧. krank");
    check("s/p cabg ⟦2-15⟧ by Dr X; surgery on ⟦11-23⟧ without issue; hearing ⟦4-30⟧ at 9");
    check("dose 2-15 mg, on 10-15 mg, grade 2-3, section 2.1.10, K 3.7. Na 138, v 1.2.24, weight 23.7.");
}

#[test]
fn days_after_a_day() {
    check("infused ⟦4/28-29⟧ and again; seen ⟦3/11⟧ and ⟦18⟧ for pain; visit ⟦5/2⟧, ⟦5/9⟧ and ⟦16⟧.");
    check("seen ⟦3/11⟧ and 18 mm cyst; seen ⟦3/11⟧ and 18 visits left");
}

#[test]
fn what_goes_before_or_after_tells_a_date() {
    check(
        "crown prep ⟦10/1⟧ 8a, back ⟦10/10⟧ 2:30 pm; \
         hearing ⟦9/9⟧. Arrived ⟦10/10⟧. d/c ⟦5/5⟧ home; hip fx, OR ⟦5/5⟧, done",
    );
    check("alta a ⟦2/6⟧ com furosemida; am ⟦3/4⟧ gesehen; ⟦12/5⟧ 0700 assumed care");
    check(
        "nitro BD 3/7, sx 2/7, back pain 6/12. \
         urges 4/5, used skills; SBT on 5/5, RSBI 60; PS 10/5; note 3/5 visits done",
    );
}

#[test]
fn a_day_of_the_month_after_its_weekday() {
    check("RCP jeudi ⟦16⟧. Vu lundi ⟦3⟧, am Dienstag ⟦14⟧. and Thu ⟦16⟧ at noon; Tuesday ⟦the 12th⟧");
    check("Monday 9 am, Tue 4 pm, sat 96, Friday 2 tabs, Monday 10:30, Sat 14 mg, mon 12 units");
}

#[test]
fn a_month_and_day_before_a_colon_and_short_years() {
    check(
        "Voicemail ⟦Jan 5⟧: call back. At 1615 on ⟦20 Sep 24⟧ visitor fell; ⟦3 Feb 09⟧, ⟦5 Mar⟧ 10:30, ⟦5 Mar⟧ 12 pm",
    );
}

#[test]
fn what_was_last_and_lists() {
    check(
        "last BM ⟦5/5⟧. last dose ⟦6/6⟧ at 9; chemo ⟦3/4⟧, ⟦3/18⟧; ⟦22/4⟧ - ⟦29/4⟧; LMP ⟦5.22⟧, wypis ⟦18.03⟧; ⟦early March⟧",
    );
    check(
        "last score 7/10, improved from 6/10 to 2/10; due 5.22 mg; INR 2.15, since 2.5 years; session 4/8, EPDS 8/30",
    );
}

#[test]
fn years_after_an_apostrophe_and_longer_lists() {
    check("⟦3/14/'24⟧ visit, ⟦14.Mar.24⟧, ⟦spring '23⟧; febrile ⟦3/14⟧, ⟦15⟧, ⟦16⟧; ⟦Mar 14, 15 and 16⟧; ⟦Oct⟧-⟦Nov⟧");
    check("seen at 12-18-24 months, spring 23; on ⟦Jan 5⟧, 10 mg and 20 mg");
}

#[test]
fn weeks_of_a_year() {
    check("Kontrolle KW ⟦34⟧, le ⟦12 mai⟧");
    check("P-1,⟦2024-W18-3⟧,71; in ⟦2024-W07⟧; ⟦2024W183⟧; 2024 W, 24-W3");
}

#[test]
fn years_weekdays_times_and_durations_stay() {
    check("in 2019, on Monday at 10:30 for 3 weeks, in the 1990s, 34-year-old, since 2004");
}

#[test]
fn days_beside_other_days_and_at_the_start_of_lines() {
    check("Discharged ⟦4/21⟧. Wound ⟦7/9⟧ dry, pain 7/10, strength 4/5.");
    check("Sutures out ⟦6/3⟧. R TKR ⟦29/4⟧ (clinic)");
    check("⟦4/11⟧ Hinojosa, chest film\n⟦4/11⟧ Tipton by mail");
    check("Cultures ⟦4/21⟧ 2/2 positive; cultures 2/4 positive");
    check("DOB ⟦1971/Sep/08⟧, stent out on ⟦Heritage Day⟧");
}

use super::*;
use crate::recognize::marked;
use crate::rules::Rules;
use std::sync::LazyLock;

static LEXICON: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::new(&Rules::embedded()).expect("the embedded lists read"));

/// Marks the places found.
#[track_caller]
fn check(expected: &str) {
    marked::check(expected, |text| {
        let mut findings = Vec::new();
        find(&Words::cut(text), &LEXICON, &mut findings);
        crate::recognize::merge::unite(findings)
    });
}

#[test]
fn streets() {
    check("lives at ⟦12 Elm Street, Apt 4B, Springfield, IL 62704⟧.");
    check("at ⟦42 Cedar Avenue⟧ and ⟦221B Baker Street⟧; ⟦742 evergreen terrace⟧");
    check("the corner of ⟦Elm and 5th⟧, on ⟦Maple Ave⟧, ⟦42nd Street⟧");
    check("to ⟦2210 W Kerrow⟧; ⟦815 N. Tamber Ave #2B⟧; at ⟦E 81st and Pinder Grove⟧; 12 W Lateral");
    check("wohnt ⟦Hauptstraße 12, 10115 Berlin⟧; ⟦Calle Mayor 12⟧; ⟦12 rue de Rivoli⟧");
}

#[test]
fn boxes_and_routes() {
    check(
        "⟦P.O. Box 1187⟧, ⟦PO Box 12⟧, ⟦RR 2 Box 45⟧, ⟦Rural Route 3⟧, ⟦Highway 61⟧, ⟦County Road 12⟧, ⟦HC 61, Box 9⟧",
    );
    check("⟦I-71 SB at MM 88⟧, ⟦exit 12⟧ off ⟦I-90⟧, ⟦P.O. Drawer 31⟧; exit 2 of the study");
    check("RR 18, HR 88, 2 rd line, 5 mg, 3 way stopcock, 20 gauge, 4 park benches, box 3 of form");
}

#[test]
fn cities() {
    check("moved to ⟦Tulsa⟧ from ⟦Boston, MA 02115⟧; seen in ⟦Brooklyn⟧; ⟦Cook County⟧ jail; the town of ⟦Amherst⟧");
    check("seen in our ⟦Hartwell⟧ office and our Pediatric clinic, in their Pain Management clinic");
    check("from Ohio to Canada, in January, born in Mexico, lives in Texas");
}

#[test]
fn rooms() {
    check("called ⟦7C⟧ twice, code at ⟦3 North 318⟧, from ⟦5127-A⟧ to ⟦5131-B⟧");
    check("⟦704-2⟧  Alvarez  72M GIB\n⟦709⟧  Quillon  55F DKA\n300 Ferritin");
    check("in ⟦Room 412⟧, ⟦bed 3⟧, ⟦Bed A⟧, ⟦ward 6B⟧, on ⟦4 West⟧");
    check("room air 98%, bed rest, bed 2 hours, 4 west, removed POD 2");
}

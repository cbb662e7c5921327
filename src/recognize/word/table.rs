//! The table of words that the grammars know, by class.

use super::Class;

pub(super) const WORDS: &[(Class, &str)] = &[
    (
        Class::ADDRESS,
        "corner apt apartment apartments suite ste flat trlr penthouse unit trailer lot bldg building floor fl space po post postal p pob \
         postfach apartado box rr hc rfd r rural star rt rte route highway hwy interstate turnpike state county us farm ranch township mile exit \
         i sr cr fm psc cmr apo fpo dpo uss room rm bed bay cubicle ward pod rooms beds stretcher bedspace zimmer habitación cama chambre lit \
         station zi twp tr trauma resus hallway icu micu sicu cvicu ccu nicu picu pacu cticu ticu nsicu pza pso av ctra carretera avinguda c calle avenida avda paseo plaza carrera rua travessa via viale piazza corso rue ulica ul carrer camino ronda glorieta urbanización \
         city town village borough municipality parish",
    ),
    (
        Class::KIND,
        "medical med health cancer care surgery surgical rehabilitation rehab dialysis trauma wellness treatment recovery heart imaging birth \
         counseling infusion transplant burn women children community oncology diagnostic behavioral hospice nursing eye spine pain sleep \
         vascular cardiac fertility research radiation correctional detention assisted senior memory urgent family retirement group skilled \
         walk adult high elementary middle primary grammar secondary law state fire police sheriff public school county healthcare manor lodge \
         villa terrace hospitals laboratories labs laboratory center centre institute pavilion foundation memorial gen general presbyterian \
         methodist baptist lutheran regional er pediatrics orthopedics cardiology dermatology radiology urology centro complejo fundación \
         instituto institut home dental funeral day rest convalescent air ortho peds derm uro gastro house court alf drug drugs rx prep \
         haus clinique résidence complexo fundació fundacion",
    ),
    (
        Class::DIGIT,
        "zero oh one two three four five six seven eight nine niner cero uno dos tres cuatro cinco seis siete ocho nueve null eins zwei drei \
         vier fünf sechs sieben acht neun",
    ),
    (
        Class::WEEKDAY,
        "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed weds thu thur thurs fri sat sun montag dienstag mittwoch \
         donnerstag freitag samstag sonnabend sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles miercoles \
         jueves viernes sábado sabado domingo lunedì martedì mercoledì giovedì venerdì sabato domenica maandag dinsdag woensdag donderdag \
         vrijdag zaterdag zondag terça quarta quinta sexta poniedziałek wtorek środa czwartek piątek niedziela",
    ),
    (
        Class::DATE_EVENT,
        "since until till til dated due dob dod dos doa doi edd edc lmp born died deceased adm admit admitted admission discharge discharged \
         dc transfer transferred xfer arrived arrival arrives seen rtc appt appts appointment hearing court scheduled rescheduled sched signed expires \
         expired exp mailed shipped delivered moved intubated extubated deported arraigned enrolled consented randomized randomised \
         starting beginning effective eff postop onset ingreso alta cita reingreso aufnahme entlassung wiedervorstellung geb seit vom ab bis \
         zum depuis jusqu dès desde hasta até dal fino sinds przyjęty przyjęta wypis dnia rdv",
    ),
    (
        Class::DATE_CUE,
        "on from date dates birth birthday before after by through thru today tonight tomorrow tmrw yesterday sent wcc recheck visit surgery \
         collected received reported performed drawn started stopped last next fu between around circa updated refilled filled am pm week wk \
         wknd weekend ended period clinic returned ed er noted culture cx mri ct cxr echo labs lab scan xr us eeg ekg ecg note of vs d datum \
         labor el le du il op ui recall procedure cath egd colonoscopy mammo mammogram pap dexa tte cta mra kub bx biopsy renewed faxed called \
         spoke met resulted dictated transcribed printed opened closes deadline crash mvc mva fell injury injured began start stop thru placed \
         inserted removed pulled implanted delivery prev previous closing conference meeting follow followup \
         am le au dia día em op gesehen kontrolle termin consulta fecha rdv contrôle controllo visita",
    ),
    (
        Class::SCALE,
        "strength motor power pain score scored scale grade graded murmur reflexes reflex dtr dtrs pulses pulse gcs apgar apgars mmse moca \
         mocha slums phq gad nihss stage rated rates rating severity intensity level levels criteria sirs centor ratio vision acuity va q \
         every stations station gleason nottingham bishop ransom wells lead leads muscle mrc strengths quality kps ecog epworth audit cage \
         tinetti berg braden morse nyha distress intact recall oriented orientation sensation tenderness drawer nodes node ln lymph positive \
         cores bottles bottle sets cultures samples hs ns saline visual dose doses tab tabs tablet tablets cup cups teaspoon tsp \
         approximately about items questions points pt extremities biceps triceps deltoid quadriceps grip flexion extension abduction \
         dorsiflexion plantarflexion systolic diastolic sem holosystolic aox times inch inches strain liter borg dyspnea rpe vas nrs \
         numeric analog worst currently best average at fev bp hr amoxicillin norvasc percocet vicodin norco hydrocodone oxycodone \
         acetaminophen tylenol metformin insulin mix novolog humulin humalog advair symbicort bipap cpap ipap lisinopril bisoprolol losartan \
         hctz ziac visits sessions attempts goals tasks urges cravings mood anxiety session epds bdi ciwa cows hads madrs pcl auditc dast cdr bims adl iadl katz barthel norton rass nihs mrs sppb fim ndi odi womac dash \
         meld sofa qsofa curb flacc nips ballard asq allred bd tds qds tid bid qid",
    ),
    (Class::SUFFIX, "st nd rd th"),
    (Class::SEASON, "spring summer autumn fall winter"),
    (
        Class::STREET,
        "street avenue boulevard road lane drive court terrace parkway highway turnpike freeway expressway blvd pkwy hwy \
         crescent causeway esplanade thoroughfare tpke calle avenida rue strasse straße platz allee plaza via viale piazza \
         straat laan rua carrera paseo",
    ),
    (
        Class::WEAK_STREET,
        "st ave av rd ln dr ct cir circle ter trl trail way place pl square sq row mews close gardens grove hill rise walk \
         loop run pass path pike alley aly bend cove crossing xing glen heights hollow landing manor meadow meadows park \
         point ridge view villas wharf commons estate estates green quay str c av avda chemin weg ring cres pde parade cv",
    ),
    (Class::DIRECTION, "north south east west northeast northwest southeast southwest n s e w ne nw se sw"),
    (
        Class::FACILITY,
        "hospital hospitals clinic clinics infirmary sanatorium sanitarium hospice polyclinic pharmacy pharmacies hosp clinica \
         clínica klinik klinikum krankenhaus universitätsklinikum hôpital hopital ziekenhuis ospedale polyclinique chu \
         policlinico ambulatorio sanatorio dispensary drugstore apothecary apotheke",
    ),
    (
        Class::COMPANY,
        "inc llc ltd corp corporation company plc gmbh co incorporated limited lp llp pllc pc sa ag nv bv srl spa pty \
         industries logistics enterprises manufacturing foundry bakery brewery associates partners consulting motors foods \
         holdings airlines airways electronics pharmaceuticals technologies solutions systems construction trucking \
         landscaping plumbing roofing electric hardware supermarket restaurant diner brewing mills steel textiles insurance \
         bank credit mutual broadcasting media studios realty properties farms orchards dairy",
    ),
    (
        Class::SCHOOL,
        "university college school academy institute elementary kindergarten preschool universidad université universität \
         universiteit politecnico gymnasium montessori seminary polytechnic",
    ),
    (
        Class::UNIT,
        "mg mcg ug kg g gm gram grams ml cc l dl liters litres units unit iu meq mmol mm cm m in inch inches ft feet lb lbs \
         pounds oz percent hz khz mhz bpm mmhg cmh degrees deg c f kcal cal tablets tabs tab capsules caps puffs puff drops \
         gtt hours hour hrs hr h minutes minute min mins seconds sec days day weeks week wks wk months month mos mo years year \
         yrs yr times x pack packs ppd mcl ng pg nmol beats breaths w v",
    ),
    (
        Class::STATE,
        "alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois indiana \
         iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska \
         nevada ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia washington wisconsin wyoming",
    ),
    (Class::ROOM, "room rm bed bay cubicle suite ste apt apartment unit ward floor bldg building lot trailer wing pod"),
    (
        Class::FUNCTION,
        "a an the and or but nor so if then than that this these those there here of to in on at by for from with without \
         into onto over under between through during before after since until about against among as is are was were be been \
         being am has have had having do does did done will would shall should can could may might must not no yes he she it \
         they we you i him her his hers its their theirs our ours your yours my mine me us them who whom whose which what when \
         where why how all any both each few more most other some such only own same too very just also now again further once \
         because while per via status post due plan patient pt pts denies reports states presents presented seen admitted \
         discharged given started continue continued follow followed up out off her patient's mr mrs ms miss dr doctor prof",
    ),
    (
        Class::PLACE_WORD,
        "county township borough parish village city town district neighborhood neighbourhood precinct",
    ),
    (
        Class::GENERIC,
        "emergency general community regional memorial medical health local outside urgent primary care surgical rehab \
         rehabilitation nursing outpatient inpatient specialty private public rural urban teaching tertiary referring \
         university county city state veterans children childrens women womens our the this another other any home day sleep \
         pain wound travel walk free eye dental heart cancer diabetes fertility hearing vein spine foot chest stroke memory \
         coumadin anticoagulation pediatric psychiatric mental orthopedic oncology cardiology dermatology neurology gi ent \
         ob obgyn gyn renal dialysis",
    ),
];

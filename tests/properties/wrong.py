"""Unfitting commands: fitting ones with one thing spoiled, and well-formed ones that nobody asked for."""

from datetime import timedelta
from typing import Any

from models.case import Finding, Must
from models.files import AttachedFile
from models.instants import show_instant
from models.plan import MUSTS
from tests.properties.office import ALL_MET, CHECKS, DECIDES, Fields, Office

NOBODY: Finding = Finding.model_construct(ref="F0", state="recorded", due_at=None)


def spoiled(office: Office, fields: Fields) -> Fields:
    """The command with one thing wrong, or at least odd."""
    changes = [*_by_whom(office, fields), *_own(office, fields) * 3]
    return {**fields, **office.pick(changes)}


def every_way_wrong(office: Office, fields: Fields) -> list[Fields]:
    """The command in each wrong way of its own kind."""
    return [{**fields, **change} for change in _own(office, fields)]


def _by_whom(office: Office, fields: Fields) -> list[Fields]:
    role, name = str(fields["by"]).split("@")[0].split(":")
    district = office.case.district
    other = office.pick(("inspector", "supervisor", "government", "office", "enterprise", "public"))
    seen = office.pick((timedelta(minutes=1), timedelta(days=-3, seconds=-1), timedelta(hours=-3)))
    return [
        {"by": f"{other}:{name}@{district}"},
        {"by": f"{role}:{name}@650202"},
        {"by": f"{role}:{name}@{district}/fireworks"},
        {"by": f"{role}:{office.pick(('王', '李'))}@{district}"},
        {"observed_at": show_instant(office.now + seen)},
        {
            "with": office.pick(
                (f"inspector:{name}@{district}", f"supervisor:钱@{district}", f"inspector:钱@{district}")
            )
        },
    ]


def _own(office: Office, fields: Fields) -> list[Fields]:
    refs = [f.ref for f in office.case.findings]
    match fields["do"]:
        case "record_findings":
            return _findings(office, fields["findings"])
        case "look_back":
            found = office.facts()
            odd: list[Fields] = [{"recurred": False, "findings": found}, {"recurred": True, "findings": []}]
            return [*odd, *({"recurred": True, **f} for f in _findings(office, found)[:2])]
        case "correct_finding":
            nothing: Fields = {"category": None, "grade": None, "description": None}
            return [{"ref": "F0"}, {"category": "X99"}, nothing]
        case "register":
            first, *rest = fields["assignments"]
            dates = (office.day(-2), office.day(200), "2013-11-01", "2013-10-31")
            dues = [{**first, "due": date} for date in dates]
            return [{"assignments": [first, *rest, first]}, *({"assignments": [d, *rest]} for d in dues)]
        case "request_extension":
            return [{"due": office.day(d)} for d in (-1, 0, 16, 60)]
        case "declare_rectified":
            return [{"refs": [*fields["refs"], *office.pick((["F0"], fields["refs"], refs))]}]
        case "reinspect":
            again = [*fields["verdicts"], fields["verdicts"][0]]
            unknown = [*fields["verdicts"], {"ref": "F0", "passed": True}]
            return [{"verdicts": again}, {"verdicts": unknown}]
        case "propose_measure":
            return [{"grounds": refs[:1]}, {"grounds": []}, *_fines(office, fields.get("fine"))]
        case "return_measure":
            return [{"reclassify": [office.pick((*refs, "F0"))]}]
        case "record_execution":
            return [*_proofs(fields), {"date": office.day(1)}, {"date": office.day(-9)}]
        case "accept_restart" | "refuse_restart":
            return _conditions(fields)
        case "transfer":
            return [{"district": "650299"}, {"district": office.case.district}]
        case "list_for_supervision" | "delist":
            level = "city" if fields["level"] == "district" else "district"
            return [{"level": level, "by": office.by("supervisor" if level == "district" else "office")}]
        case "add_note":
            return [{"refs": ["F0"]}]
        case "attach":
            known = [file.model_dump(include=set(AttachedFile.model_fields)) for file in office.case.files[-1:]]
            return [{"refs": ["F0"]}, {"files": fields["files"] * 2}, {"files": known or fields["files"], "refs": []}]
        case _:
            return [{"ref": "F0"}] if "ref" in fields else []


def _findings(office: Office, findings: list[Fields]) -> list[Fields]:
    known = [f.ref for f in office.case.findings] or ["F1"]
    facts = findings or office.facts()
    return [
        {"findings": [*facts, {**facts[0], "ref": office.pick((facts[0]["ref"], known[0]))}]},
        {"findings": [*facts[:-1], {**facts[-1], "category": "X99"}]},
        {"findings": [*facts[:-1], {**facts[-1], "inspected_on": office.day(1)}]},
        {"findings": [], "answers": {"licensed": office.pick((True, False)), "major_hazard": False}},
        {"findings": [], "answers": {"licensed": False, "major_hazard": True, "lawful": True}},
        {"findings": facts, "answers": {"lawful": True}},
        {"findings": facts, "answers": {"licensed": True}},
        {"findings": facts, "answers": {"major_hazard": False}},
    ]


def _fines(office: Office, fine: Fields | None) -> list[Fields]:
    if fine is None:
        return [{"fine": {"article": "fixed", "unit": "100000", "persons": []}}]
    persons: list[Fields] = fine["persons"]
    wrong: list[Fields] = [
        {"article": "none"},
        {"base": None if fine["base"] else 1000},
        {"unit": "99999.99"},
        {"persons": [*persons, {"name": "外人", "amount": "10000"}]},
        {"persons": persons[1:]},
        {"persons": [*persons[1:], {**persons[0], "amount": "1"}]},
    ]
    return [{"fine": None}, *({"fine": {**fine, **w}} for w in wrong)]


def _proofs(fields: Fields) -> list[Fields]:
    lacking: list[dict[str, Any]] = [{}]
    if fields["must"] == "close":
        lacking += [{"checks": list(CHECKS[:3])}, {"checks": [*CHECKS, "dancing"]}]
    if fields["must"] == "refer":
        lacking += [{"letter": "移送书"}]
    return [{"details": d} for d in lacking]


def _conditions(fields: Fields) -> list[Fields]:
    unmet = [
        {"measures": True, "licences": True},
        {**ALL_MET, "music": True},
        {**ALL_MET, "licences": False},
        dict(ALL_MET),
    ]
    changes: list[Fields] = [{"conditions": u} for u in unmet]
    return [*changes, {"signatories": ["王", "王"]}] if "signatories" in fields else changes


def wild(office: Office) -> Fields:
    """A well-formed command of any kind, on any finding or must, asked for or not."""
    pick = office.pick
    findings: tuple[Finding, ...] = (*office.case.findings, NOBODY)
    finding: Finding = findings[pick(range(len(findings)))]
    kind = pick(MUSTS)
    must = next((m for m in office.case.musts if m.must == kind), None)
    must = must or Must.model_construct(must=kind, state="owed", grounds=(), decided_at=None, stayed_at=None)
    moves = {
        "open": lambda: opening(office.by("inspector"), office.case.district),
        "assign_officers": office.officers,
        "record_findings": office.record,
        "nothing_found": office.nothing_found,
        "correct_finding": lambda: office.correct(finding),
        "register": lambda: office.register(finding),
        "reassign_responsible": lambda: office.reassign(finding),
        "request_extension": lambda: office.extend(finding),
        "decide_extension": lambda: office.decide_extension(finding),
        "declare_rectified": lambda: office.declare(finding),
        "reinspect": lambda: _verdict(office, finding),
        "propose_measure": lambda: office.propose(must),
        "approve_measure": lambda: office.approve(must),
        "return_measure": lambda: _return(office, kind),
        "record_execution": lambda: office.execute(must),
        "stay_measure": lambda: office.stay(kind, "stay_measure"),
        "lift_stay": lambda: office.stay(kind, "lift_stay"),
        "accept_restart": office.accept_restart,
        "refuse_restart": office.refuse_restart,
        "list_for_supervision": office.listing,
        "delist": lambda: {**office.listing(), "do": "delist"},
        "look_back": office.look_back,
        "rescind_finding": lambda: office.rescind(finding),
        "transfer": office.transfer,
        "add_note": office.note,
        "attach": office.attach,
        "void": office.void if pick((False, False, True)) else office.note,
    }
    return moves[pick(tuple(moves))]()


def _verdict(office: Office, finding: Finding) -> Fields:
    verdict = {"ref": finding.ref, "passed": office.pick((True, False))}
    return {"do": "reinspect", "by": office.by("inspector"), "verdicts": [verdict]}


def _return(office: Office, must: str) -> Fields:
    refs = [f.ref for f in office.case.findings[:1]]
    reclassify = office.pick(([], refs))
    return {"do": "return_measure", "by": office.by(DECIDES[must]), "must": must, "reclassify": reclassify}


def opening(by: str, district: str, **subject: str) -> Fields:
    """An opening of the one subject of these tests."""
    return {"do": "open", "by": by, "subject": {"id": "s-1", "name": "某厂", "district": district, **subject}}

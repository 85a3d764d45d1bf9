"""What people call categories, priorities and the like, wherever they are chosen or shown."""

from flask_babel import lazy_gettext as _l

from schedtest.models.campaign import Confidentiality

CATEGORIES = {
    "M1": _l("M1 · cars"),
    "M2": _l("M2 · buses up to 5 t"),
    "M3": _l("M3 · buses over 5 t"),
    "N1": _l("N1 · vans and lorries up to 3.5 t"),
    "N2": _l("N2 · lorries up to 12 t"),
    "N3": _l("N3 · lorries over 12 t"),
    "O": _l("O · trailers"),
    "L": _l("L · motorcycles and quads"),
    "belt": _l("Seat belts"),
    "child-seat": _l("Child seats"),
    "lamp": _l("Lamps"),
    "pads": _l("Brake pads"),
    "tyre": _l("Tyres"),
}
PROPULSIONS = {
    "": _l("not said"),
    "petrol": _l("petrol"),
    "diesel": _l("diesel"),
    "gas": _l("gas"),
    "hybrid": _l("hybrid"),
    "electric": _l("electric"),
    "hydrogen": _l("hydrogen"),
}
PRIORITIES = {1: _l("1 · first"), 2: _l("2 · as usual"), 3: _l("3 · can wait"), 4: _l("4 · last")}
CONFIDENTIALITIES = {
    Confidentiality.OPEN: _l("Open: others may be near"),
    Confidentiality.COVERED: _l("Covered: the vehicle is under a cover when it does not drive"),
    Confidentiality.CLOSED: _l("Closed: nobody else in the zone meanwhile"),
}

DONE = {
    "campaign.started": _l("%(actor)s began the campaign."),
    "campaign.changed": _l("%(actor)s changed the campaign: %(what)s."),
    "campaign.copied": _l("%(actor)s made it from an earlier campaign."),
    "campaign.submitted": _l("%(actor)s submitted it."),
    "article.added": _l("%(actor)s added %(subject)s."),
    "article.changed": _l("%(actor)s changed %(subject)s: %(what)s."),
    "request.chosen": _l("%(actor)s chose %(subject)s."),
    "request.changed": _l("%(actor)s changed %(subject)s: %(what)s."),
    "request.asked_again": _l("After the change %(subject)s waits for approval again."),
    "request.waits": _l("%(actor)s let %(subject)s wait for %(before)s."),
    "request.waits_no_longer": _l("%(actor)s let %(subject)s wait for %(before)s no longer."),
    "request.submitted": _l("%(actor)s submitted %(subject)s."),
    "request.withdrawn": _l("%(actor)s withdrew %(subject)s."),
    "request.cancelled": _l("%(actor)s cancelled %(subject)s."),
    "request.approved": _l("%(actor)s approved %(subject)s."),
    "request.returned": _l("%(actor)s returned %(subject)s."),
    "request.rejected": _l("%(actor)s rejected %(subject)s."),
    "request.approval_undone": _l("%(actor)s took the approval of %(subject)s back."),
    "request.booked": _l("%(subject)s is booked."),
    "request.moved": _l("%(subject)s is moved."),
    "request.not_placed": _l("The plan has no place for %(subject)s."),
    "request.lost_place": _l("%(subject)s has lost its place in the plan."),
    "request.under_way": _l("%(subject)s began."),
    "request.done": _l("%(subject)s is done."),
}
FIELDS = {
    "name": _l("name"),
    "category": _l("category"),
    "propulsion": _l("propulsion"),
    "regulation": _l("regulation"),
    "release_on": _l("earliest day"),
    "due_on": _l("wanted by"),
    "deadline_on": _l("last day"),
    "priority": _l("priority"),
    "confidentiality": _l("confidentiality"),
    "label": _l("name"),
    "make": _l("make"),
    "model": _l("model"),
    "vin": _l("VIN"),
    "exclusive": _l("nobody else on the road"),
    "routes": _l("roads"),
    "devices": _l("additional devices"),
    "extra_drivers": _l("additional drivers"),
    "extra_engineers": _l("additional engineers"),
    "extra_preparation_min": _l("additional preparation"),
    "note": _l("note"),
}

"""What a teacher reads of Pix's API beside a component: what it proves, and what of a campaign will not do."""

from __future__ import annotations

from grading.rules import Basis, Component
from grading.text import Bilingual
from pix.maddo_values import PROFILES_COLLECTION
from storage.pix_campaigns import PixCampaign


def what_it_proves(component: Component) -> Bilingual:
    """Say what the API proves for a component's scale, and what it leaves to the export."""
    if component.basis is Basis.PIX_TOTAL:
        return Bilingual(
            "L’API de Pix dit qui a envoyé son profil, quand, et son total : c’est ce que l’épreuve mesure, la note "
            "est donc vérifiée. Les niveaux de sujets sont donnés à titre indicatif.",
            "Pix's API says who sent their profile, when, and its total: it is what the component measures, so the "
            "mark is verified. The levels of topics are only for information.",
        )
    if component.basis is Basis.MASTERY:
        return Bilingual(
            "L’API de Pix dit qui a envoyé ses résultats, quand, et la part d’acquis maîtrisés : c’est ce que "
            "l’épreuve mesure, la note est donc vérifiée.",
            "Pix's API says who sent their results, when, and the share of acquired items: it is what the component "
            "measures, so the mark is verified.",
        )
    return Bilingual(
        "L’API de Pix dit qui a envoyé son profil, quand, et son total ; elle ne dit pas les niveaux par compétence. "
        "L’envoi est confirmé et un total déclaré qui diffère est signalé ; la note reste provisoire jusqu’à l’import "
        "de l’export de Pix Orga. Les niveaux de sujets qu’elle donne ne sont pas ceux des compétences.",
        "Pix's API says who sent their profile, when, and its total; it does not say the levels by competence. The "
        "sending is confirmed and a declared total that differs is pointed out; the mark stays provisional until Pix "
        "Orga's export is imported. The levels of topics that it gives are not those of competences.",
    )


def what_will_not_do(known: PixCampaign, component: Component) -> list[Bilingual]:
    """Say what of the campaign itself will not do, and how to mend it."""
    found = []
    if known.is_archived:
        found.append(_ARCHIVED)
    is_collection = known.kind == PROFILES_COLLECTION
    if known.kind is not None and is_collection and component.basis is Basis.MASTERY:
        found.append(_COLLECTION_FOR_SHARE)
    if known.kind is not None and not is_collection and component.basis is not Basis.MASTERY:
        found.append(_ASSESSMENT_FOR_PROFILE)
    return found


_ARCHIVED = Bilingual(
    "Cette campagne est archivée dans Pix Orga : plus personne ne peut y envoyer. Désarchivez-la, ou donnez à "
    "l’épreuve une autre campagne.",
    "This campaign is archived in Pix Orga: nobody can send there any more. Take it out of the archive, or give the "
    "component another campaign.",
)
_COLLECTION_FOR_SHARE = Bilingual(
    "Cette campagne est une collecte de profils, l’épreuve mesure la part d’acquis d’une évaluation : elle ne donnera "
    "aucune note. Donnez à l’épreuve une campagne d’évaluation.",
    "This campaign is a profiles collection, the component measures the share of acquired items of an assessment: it "
    "will give no mark. Give the component an assessment campaign.",
)
_ASSESSMENT_FOR_PROFILE = Bilingual(
    "Cette campagne est une évaluation, l’épreuve mesure un profil : elle ne donnera aucune note. Donnez à l’épreuve "
    "une collecte de profils.",
    "This campaign is an assessment, the component measures a profile: it will give no mark. Give the component a "
    "profiles collection.",
)

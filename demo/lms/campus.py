"""The default site of the demo: a course of the invented Université de Valbrume, 30 students, two teachers."""

from demo.lms.course import Activity, Course, Person, Role, Site

_STUDENTS = """
Élodie Lefèvre|Chloé Bélanger-Noël|Maëlys D'Ornellas|Zoé Kowalczyk|Liam O’Sullivan|Anaïs Nguyên
Yann Quéré|Inès Zerrouki|Théo L'Hermitte|Léa Benoît|Noé Garçon|Aïcha Benali
Loïc Le Goff|Jeanne d'Aubigné|Rémi Faure|Océane Hébert|Gaël Kerzoncuf|Françoise Müller
François-Xavier Dupré|Mélissa Ouedraogo|Hugo Ibáñez|Camille Roux|Núria Puig|Sacha Petit-Jean
Éléonore Œuvrard|Søren Lindqvist|Fatou N’Diaye|Jérôme Châtel|Łucja Wójcik|Baptiste Aïello
"""


def demo_students() -> tuple[Person, ...]:
    """Thirty invented students; ids 101 to 130; the last one has no student number."""
    names = [name for line in _STUDENTS.strip().splitlines() for name in line.split("|")]
    return tuple(
        Person(
            id=str(100 + rank),
            given=name.split(" ", 1)[0],
            family=name.split(" ", 1)[1],
            username=f"etu{rank:02}",
            email=f"etu{rank:02}@valbrume.example",
            idnumber="" if rank == len(names) else f"9930{rank:04}",
        )
        for rank, name in enumerate(names, start=1)
    )


def demo_teachers() -> tuple[Person, ...]:
    """An editing teacher (id 2) and a non-editing one (id 3)."""
    return (
        Person(
            id="2",
            given="Hélène",
            family="Marchand",
            username="hmarchand",
            email="helene.marchand@valbrume.example",
            idnumber="P0002",
            role=Role.TEACHER,
        ),
        Person(
            id="3",
            given="Karim",
            family="Saïdi",
            username="ksaidi",
            email="karim.saidi@valbrume.example",
            idnumber="P0003",
            role=Role.NON_EDITING_TEACHER,
        ),
    )


def demo_activities(unit: str = "HA1G10H") -> tuple[Activity, ...]:
    """The activities of a unit, and one without custom parameters, for the teacher to set up in the tool."""
    named = (
        ("1", "CC1", "Contrôle continu 1 : votre profil Pix.", "cc1"),
        ("2", "CC2", "Contrôle continu 2 : votre profil Pix.", "cc2"),
        ("3", "Examen", "Examen : votre profil Pix complet, les 16 compétences.", "exam"),
        ("4", "Rattrapage", "Seconde session : la note est celle de la certification Pix.", "catchup"),
    )
    set_up = tuple(
        Activity(id=id_, title=title, description=text, custom={"unit": unit, "component": component})
        for id_, title, text, component in named
    )
    return (
        *set_up,
        Activity(id="5", title="Activité Pix à régler", description="L'enseignant la règle dans l'outil."),
    )


def empty_course() -> Course:
    """A course of the same people without any activity: to be filled by content selection."""
    return Course(
        id="3",
        label="PIX-L1-B",
        title="Compétences numériques (Pix), groupe B",
        idnumber="UE-2026-HA1G10H-B",
        people=demo_teachers() + demo_students(),
    )


def demo_site(unit: str = "HA1G10H", *, further: tuple[Course, ...] = ()) -> Site:
    """The site a newcomer sees; `further`: more courses."""
    return Site(
        courses=(
            Course(
                id="2",
                label="PIX-L1",
                title="Compétences numériques (Pix)",
                idnumber=f"UE-2026-{unit}",
                people=demo_teachers() + demo_students(),
                activities=demo_activities(unit),
            ),
            *further,
        )
    )

from collections.abc import Callable

from flask.testing import FlaskClient


def test_a_stranger_is_sent_to_the_sign_in_page(client: FlaskClient) -> None:
    answer = client.get("/settings")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/settings"


def test_a_person_signs_in_and_sees_their_settings(client_as: Callable[[str], FlaskClient]) -> None:
    answer = client_as("manager").get("/settings")
    assert answer.status_code == 200
    assert "Maryam Hosseini" in answer.text

"""Every way to a photo of one's own, by every hand; and what is said when a way is barred."""

import io
import re

import numpy as np
import pytest
from driving import choose_photo, come_near, figure
from own import card, choose_file, dialog, drop, expect_done, expect_shown, given, photo, send, shown_pixels, use_square
from PIL import Image
from playwright.sync_api import Page, expect
from test_accessibility import PHONE, violations
from visits import Visits

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)
"""For what does not depend on how files are loaded."""


def expect_crop(page: Page) -> None:
    expect(dialog(page).get_by_role("heading", name="Choose the square")).to_be_visible()


def expect_untouched(page: Page) -> None:
    """Nothing of the page has changed."""
    expect(page.locator("[name=bar-photo]:checked")).to_have_value("chelsea")
    expect(page.locator("[name=bar-photo]")).to_have_count(6)
    assert page.locator("[data-own-slot]:visible, [data-awaits], [data-live-badge]").count() == 0


@pytest.mark.parametrize("path", ["index.html", "lab.html"])
def test_a_photo_can_be_dropped_anywhere(visit: Visits, path: str) -> None:
    page = visit(path)
    file = given(photo())
    send(page, ["dragenter", "dragover"], file)
    expect(page.locator(".drop-target")).to_be_visible()
    send(page, ["dragleave"], file)
    expect(page.locator(".drop-target")).to_be_hidden()
    drop(page, file, given(photo(hue=1), "second.jpg"))
    expect_crop(page)
    expect(page.locator(".drop-target")).to_be_hidden()
    expect(dialog(page).locator(".crop-notes")).to_have_text("One photo at a time: this is the first of 2.")
    use_square(page)
    expect(page.locator("[name=bar-photo]:checked")).to_have_value("own-1")


@ONCE
def test_a_photo_can_be_pasted_and_text_is_left_alone(visit: Visits) -> None:
    page = visit()
    send(page, ["paste"])
    page.wait_for_timeout(200)
    assert page.locator("dialog").count() == 0
    send(page, ["paste"], given(photo("PNG"), "image.png", "image/png"))
    expect_crop(page)
    use_square(page)


@ONCE
def test_the_camera_gives_one(visit: Visits) -> None:
    page = visit(permissions=["camera"])
    page.locator(".bar [data-own-open]").click()
    dialog(page).get_by_role("button", name="Use the camera").click()
    take = dialog(page).get_by_role("button", name="Take the picture")
    expect(take).to_be_enabled()
    expect(take).to_be_focused()
    take.click()
    expect_crop(page)
    # The camera's light goes out.
    assert page.evaluate("() => [...document.querySelectorAll('video')].every((video) => !video.srcObject)")
    use_square(page)


@ONCE
def test_a_refused_camera_is_told(visit: Visits) -> None:
    page = visit()
    page.locator(".bar [data-own-open]").click()
    dialog(page).get_by_role("button", name="Use the camera").click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("The camera was not allowed.")
    expect(dialog(page).get_by_role("button", name="Choose a photo")).to_be_focused()
    expect_untouched(page)


UNREADABLE = {
    "text": given(b"not a picture at all", "notes.txt", "text/plain"),
    "nothing": given(b"", "empty.jpg"),
    "half a photo": given(photo()[:90], "half.jpg"),
    "a drawing": given(
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "drawing.svg", "image/svg+xml"
    ),
    "HEIC": given(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "IMG_1.HEIC", "image/heic"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_is_told_calmly(visit: Visits, kind: str) -> None:
    page = visit()
    drop(page, UNREADABLE[kind])
    alert = dialog(page).get_by_role("alert")
    expect(alert).to_have_text(re.compile(r"^[A-Z“].{20,}\.\)?$"))
    expect_untouched(page)
    # The next one is as welcome as the first.
    dialog(page).locator("input[type=file]").set_input_files(given(photo()))
    expect_crop(page)
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    expect_untouched(page)


@ONCE
def test_the_keyboard_alone_is_enough(visit: Visits) -> None:
    page = visit(reduced_motion="reduce")
    opener = page.locator(".bar [data-own-open]")
    opener.focus()
    page.keyboard.press("Enter")
    expect(dialog(page).get_by_role("button", name="Choose a photo")).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    content = photo()
    dialog(page).locator("input[type=file]").set_input_files(given(content))
    expect_crop(page)
    expect(dialog(page).locator(".crop-stage")).to_be_focused()
    place = dialog(page).locator(".crop-place")
    expect(place).to_have_text("Cut from 480 × 480 of 640 × 480 pixels, 80 from the left and 0 from the top.")
    for key in ("+", "+", "ArrowRight", "ArrowDown", "r", "ArrowUp", "-"):
        page.keyboard.press(key)
    told = r"Cut from (\d+) × \d+ of 640 × 480 pixels, (\d+) from the left and (\d+) from the top, turned right\."
    found = re.match(told, place.inner_text())
    assert found
    side, left, top = map(int, found.groups())
    assert side == round(480 * 0.9)
    # Its words are spoken once the keys rest.
    expect(dialog(page).locator("[role=status]").first).to_have_text(place.inner_text())
    use = dialog(page).get_by_role("button", name="Use this square")
    while not use.evaluate("(button) => button === document.activeElement"):
        page.keyboard.press("Tab")
        expect(dialog(page).locator(":focus")).to_have_count(1)
    page.keyboard.press("Enter")
    expect_done(page)
    expect(opener).to_be_focused()
    # The square is the one that was told: as Pillow cuts and turns it.
    whole = Image.open(io.BytesIO(content)).crop((left, top, left + side, top + side)).rotate(-90, expand=True)
    wanted = np.asarray(whole.resize((224, 224), Image.Resampling.BICUBIC), dtype=float)
    assert np.abs(shown_pixels(page) - wanted).mean() < 1


@ONCE
def test_buttons_do_what_keys_do(visit: Visits) -> None:
    page = visit()
    choose_file(page, given(photo()))
    place = dialog(page).locator(".crop-place")
    pairs = [
        ("+", "Zoom in"), ("ArrowLeft", "Move the square left"), ("ArrowUp", "Move the square up"), ("r", "Turn"),
        ("ArrowRight", "Move the square right"), ("ArrowDown", "Move the square down"), ("-", "Zoom out"),
    ]  # fmt: skip
    stage = dialog(page).locator(".crop-stage")
    told = []
    for key, _ in pairs:
        stage.focus()
        page.keyboard.press(key)
        told.append(place.inner_text())
    assert len(set(told)) >= 5
    dialog(page).get_by_role("button", name="Reset").click()
    expect(place).to_contain_text("480 × 480 of 640")
    for (_, name), words in zip(pairs, told, strict=True):
        dialog(page).get_by_role("button", name=name, exact=True).click()
        expect(place).to_have_text(words)
    dialog(page).get_by_label("Zoom", exact=True).fill("1")
    expect(place).to_contain_text("it will be enlarged to 224")
    stage.hover()
    page.mouse.wheel(0, 400)
    expect(place).to_contain_text("64 × 64")  # a doubling: 32 is the least of 480 / 16 and 32
    page.mouse.down()
    page.mouse.move(0, 0, steps=3)
    page.mouse.up()
    expect(place).to_contain_text(re.compile("from the left and .* from the top"))


@ONCE
def test_two_fingers_zoom_on_a_phone(visit: Visits) -> None:
    page = visit(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    page.locator(".bar [data-own-open]").tap()
    dialog(page).locator("input[type=file]").set_input_files(given(photo()))
    expect_crop(page)
    stage = dialog(page).locator(".crop-stage")
    box = stage.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    assert page.evaluate("() => { const d = document.querySelector('dialog'); return d.scrollWidth <= d.clientWidth; }")
    use = dialog(page).get_by_role("button", name="Use this square")
    expect(use).to_be_in_viewport()
    place = dialog(page).locator(".crop-place")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *spread: float) -> None:
        points = [{"x": x + dx, "y": y, "id": number} for number, dx in enumerate(spread)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", -40, 40)
    for distance in (50, 65, 80):
        fingers("touchMove", -distance, distance)
    fingers("touchEnd")
    expect(place).to_have_text(re.compile(r"Cut from 2[34]\d × "))
    before = place.inner_text()
    fingers("touchStart", 0)
    fingers("touchMove", -30)
    # Lifted from a rest, as a hand would: Chromium takes the next touch after a flick for the one that stops it.
    page.wait_for_timeout(300)
    fingers("touchMove", -30)
    fingers("touchEnd")
    expect(place).not_to_have_text(before)
    use.tap()
    expect_done(page)
    expect(page.locator("[name=bar-photo][value=own-1]")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@ONCE
def test_the_last_photo_given_is_the_one_taken(visit: Visits) -> None:
    page = visit()
    drop(page, given(photo(size=(300, 200))))
    drop(page, given(photo(size=(500, 400))))
    drop(page, given(photo(size=(700, 600))))
    expect_crop(page)
    expect(dialog(page).locator(".crop-place")).to_contain_text("600 × 600 of 700 × 600")
    dialog(page).get_by_role("button", name="Use this square").click()
    drop(page, given(photo(size=(310, 210))))
    expect(dialog(page).locator(".crop-place")).to_contain_text("210 × 210 of 310 × 210")
    use_square(page)
    expect(page.locator("[name=bar-photo]")).to_have_count(7)
    expect(figure(page, "recipe").locator('[data-text="original"]')).to_have_text("310 × 210")


@ONCE
def test_a_model_that_does_not_come_is_told_and_can_be_tried_again(visit: Visits) -> None:
    page = visit()
    page.context.route("**/models/mobilenet_v2.onnx*", lambda route: route.abort())
    choose_file(page, given(photo()))
    use = dialog(page).get_by_role("button", name="Use this square")
    use.click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("models/mobilenet_v2.onnx")
    expect(use).to_be_enabled()
    page.keyboard.press("Escape")
    expect_untouched(page)
    page.context.unroute("**/models/mobilenet_v2.onnx*")
    choose_file(page, given(photo()))
    use_square(page)
    assert all("mobilenet_v2.onnx" in words or "ERR_FAILED" in words for words in visit.trouble), visit.trouble
    visit.trouble.clear()


@ONCE
def test_a_live_part_that_does_not_come_is_told_where_it_was_asked_for(visit: Visits) -> None:
    page = visit()
    page.context.route("**/assets/live.*.js*", lambda route: route.abort())
    page.locator(".own [data-own-open]").click()
    expect(card(page).get_by_role("alert")).to_contain_text("could not be")
    expect_untouched(page)
    page.context.unroute("**/assets/live.*.js*")
    page.locator(".own [data-own-open]").click()
    expect(dialog(page)).to_be_visible()
    expect(card(page).locator("[data-own-error]")).to_be_hidden()
    visit.trouble.clear()


@ONCE
def test_fetching_begins_when_somebody_means_it(visit: Visits) -> None:
    page = visit()
    page.wait_for_load_state("networkidle")
    assert not [request for request in visit.requests if re.search(r"/live\.|\.wasm|\.onnx", request.url)]
    with page.expect_request(re.compile(r"\.wasm")), page.expect_request(re.compile(r"mobilenet_v2\.onnx")):
        page.locator(".bar [data-own-open]").hover()
    assert not [request for request in visit.requests if "dinov2_vits14.onnx" in request.url]
    assert page.locator("dialog[open]").count() == 0


@ONCE
def test_without_scripts_it_is_not_offered(visit: Visits) -> None:
    for path in ("index.html", "lab.html"):
        page = visit(path, java_script_enabled=False)
        assert page.locator("[data-own-open]:visible, [data-own]:visible").count() == 0


@ONCE
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_way(visit: Visits, axe: str, scheme: str) -> None:
    page = visit("lab.html", color_scheme=scheme, reduced_motion="reduce", permissions=["camera"])
    page.locator(".bar [data-own-open]").click()
    expect(dialog(page)).to_be_visible()
    assert violations(page, axe) == []
    dialog(page).get_by_role("button", name="Use the camera").click()
    expect(dialog(page).get_by_role("button", name="Take the picture")).to_be_enabled()
    assert violations(page, axe) == []
    dialog(page).get_by_role("button", name="Back").click()
    dialog(page).locator("input[type=file]").set_input_files(given(photo()))
    expect_crop(page)
    assert violations(page, axe) == []
    use_square(page)
    expect_shown(page, "attention", "own-1")
    come_near(figure(page, "head-map"))
    expect(figure(page, "head-map").locator(".offer")).to_be_visible()
    assert violations(page, axe) == []
    choose_photo(page, "rocket")
    assert violations(page, axe) == []

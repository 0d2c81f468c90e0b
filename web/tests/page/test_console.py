"""The console page in a real browser, against a fake relay and a real WebRTC connection."""

import asyncio
import datetime
import json
import re

import pytest
from conftest import run, stage
from playwright.async_api import expect


@pytest.mark.parametrize("provider", ["did", "heygen"])
def test_from_connect_to_close(provider):
    async def scenario():
        async with stage() as s:
            if provider == "heygen":
                await s.page.get_by_role("radio", name="HeyGen").check()
            await s.page.click("#connect")
            await expect(s.page.locator('#stage[data-media="playing"]')).to_be_visible()
            await expect(s.chip("session", "live")).to_be_visible()
            await expect(s.chip("channel", "open")).to_be_visible()
            for step in ("open", "offer", "answer", "candidates", "live"):
                await expect(s.step(step, "done")).to_be_visible()
            await s.page.fill("#words", "Good morning")
            await s.page.keyboard.press("Control+Enter")
            await expect(s.page.locator(".talk", has_text="Good morning")).to_contain_text("accepted")
            await say(s, provider, "stream/started:{}", '{"type":"avatar_start_talking","task_id":"tlk_1"}')
            await expect(s.page.locator('.talk[data-phase="started"]')).to_be_visible()
            await say(s, provider, "stream/done:{}", '{"type":"avatar_stop_talking","task_id":"tlk_1"}')
            await expect(s.page.locator('.talk[data-phase="ended"]')).to_be_visible()
            await expect(s.step("talk", "done")).to_be_visible()
            await s.page.click("#close")
            await expect(s.step("closed", "done")).to_be_visible()
            await expect(s.page.locator("#caption")).to_contain_text("You closed the session")
            await expect(s.chip("connection", "closed")).to_be_visible()
            assert s.complaints == []
            check_order(s.relay.requests)

    run(scenario())


async def say(s, provider, text, binary):
    if provider == "did":
        await s.provider.evaluate("text => say(text)", text)
    else:
        await s.provider.evaluate("text => sayBinary(text)", binary)


def check_order(requests):
    ids = [request["id"] for request in requests]
    assert ids == list(range(1, len(ids) + 1))
    methods = [request["method"] for request in requests]
    assert methods[0] == "session.open" and methods[-1] == "session.close"
    candidates = [request["params"]["candidate"] for request in requests if request["method"] == "session.candidate"]
    assert candidates[-1] is None and None not in candidates[:-1] and len(candidates) > 1
    assert methods.index("session.answer") < methods.index("session.candidate")
    known = {"candidate", "sdpMid", "sdpMLineIndex", "usernameFragment"}
    assert all(set(candidate) <= known for candidate in candidates[:-1])


def test_the_kinds_of_did_and_the_options_reach_the_relay():
    async def scenario():
        async with stage(media=False) as s:
            await s.page.get_by_role("radio", name="Clip").check()
            await s.page.select_option('select[name="compatibility_mode"]', "on")
            await s.page.check('input[name="stream_warmup"]')
            await s.page.locator("#setup .more summary").click()
            await s.page.fill("#more-options", '{"session_timeout": 120}')
            await s.page.click("#connect")
            await s.relay.wait_for(lambda: s.relay.asked("session.open"))
            assert s.relay.asked("session.open")[0]["params"] == {
                "provider": "did",
                "avatar": "v2_public_alex@qcvo4gupoy",
                "options": {
                    "kind": "clip",
                    "driver_id": "e3nbserss8",
                    "compatibility_mode": "on",
                    "stream_warmup": True,
                    "session_timeout": 120,
                },
            }

    run(scenario())


def test_options_that_are_not_json_are_refused_beside_the_field():
    async def scenario():
        async with stage(media=False) as s:
            await s.page.locator("#setup .more summary").click()
            await s.page.fill("#more-options", "{oops")
            await s.page.click("#connect")
            await expect(s.page.locator("#more-options-error")).not_to_be_empty()
            await expect(s.page.locator("#connect")).to_be_enabled()
            assert s.relay.requests == []

    run(scenario())


def test_without_media_the_session_stays_usable_and_the_page_says_so():
    async def scenario():
        async with stage(media=False) as s:
            await s.page.click("#connect")
            await expect(s.page.locator("#caption")).to_contain_text("no media yet")
            notice = s.page.locator(".notice", has_text="No path for media was found")
            await expect(notice).to_be_visible()
            await expect(s.page.locator("#caption")).to_contain_text("Signaling is up, no media")
            await s.page.click("#speak")
            await expect(s.page.locator(".talk")).to_contain_text("accepted")

    run(scenario())


def test_a_refusal_is_shown_in_words_and_connecting_again_works():
    refusal = {
        "code": 1405,
        "message": "did has no free session",
        "data": {
            "kind": "provider.sessionLimit",
            "retryable": True,
            "retryAfterMs": 4000,
            "provider": {"status": 403, "code": "Forbidden", "message": "Max user sessions reached"},
        },
    }

    async def scenario():
        async with stage(media=False) as s:
            s.relay.refusals["session.open"] = [refusal]
            await s.page.click("#connect")
            notice = s.page.locator(".notice.error")
            await expect(notice).to_contain_text("The provider has no free session")
            await expect(notice).to_contain_text("403 · Forbidden · Max user sessions reached")
            await expect(notice).to_contain_text("Try again in 4 s")
            await expect(s.step("open", "failed")).to_be_visible()
            await s.page.click("#connect")
            await expect(s.step("answer", "done")).to_be_visible()
            await expect(s.page.locator(".notice.error")).to_have_count(0)

    run(scenario())


def test_a_refused_answer_closes_the_session():
    async def scenario():
        async with stage(media=False) as s:
            data = {"kind": "provider.rejected", "retryable": False}
            s.relay.refusals["session.answer"] = [{"code": 1408, "message": "no", "data": data}]
            await s.page.click("#connect")
            await s.relay.wait_for(lambda: s.relay.asked("session.close"))
            await expect(s.page.locator(".notice.error")).to_contain_text("The provider refused the request")
            await expect(s.page.locator("#connect")).to_be_enabled()

    run(scenario())


def test_expiring_counts_down_and_can_be_extended():
    async def scenario():
        async with stage(media=False) as s:
            s.relay.capabilities = {"extend": True}
            await s.page.click("#connect")
            await expect(s.step("answer", "done")).to_be_visible()
            await s.relay.notify("session.expiring", cause="idle", inMs=30000, extendable=True)
            warning = s.page.locator(".notice.warning", has_text="The session ends in")
            await expect(warning.locator(".countdown")).to_contain_text("s")
            await warning.get_by_role("button", name="Extend").click()
            await expect(warning).to_have_count(0)
            assert len(s.relay.asked("session.extend")) == 1
            await s.relay.end("idle", "reconnect")
            await expect(s.page.locator("#caption")).to_contain_text("Nothing was said for too long")
            await expect(s.page.locator("#speak")).to_be_disabled()

    run(scenario())


def test_secrets_never_reach_the_page_or_the_clipboard():
    async def scenario():
        async with stage(media=False) as s:
            await s.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
            await s.page.click("#connect")
            await expect(s.step("candidates", "done")).to_be_visible()
            for entry in await s.page.locator("#timeline summary").all():
                await entry.click()
            shown = await s.page.content()
            await s.page.click("#copy")
            await expect(s.page.locator("#copy")).to_have_text("Copied")
            copied = await s.page.evaluate("navigator.clipboard.readText()")
            assert all(json.loads(line)["message"]["jsonrpc"] == "2.0" for line in copied.splitlines())
            assert "[redacted]" in shown and "[redacted]" in copied
            for secret in ("3mYw0n9f7Qm1hD4sXo8ZcVbKpLrT5uEaJgN2iW6yHqk", "aHVudGVyMg", "0Zq8hTnLw3cVbYrXuE5mJg"):
                assert secret not in shown and secret not in copied

    run(scenario())


def test_a_closed_tab_closes_the_session_and_the_connection():
    async def scenario():
        async with stage(media=False) as s:
            await s.page.click("#connect")
            await expect(s.step("answer", "done")).to_be_visible()
            await s.page.close(run_before_unload=True)
            await s.relay.wait_for(lambda: s.relay.closed_connections == 1)

    run(scenario())


def test_a_lost_connection_is_told_and_can_be_made_again():
    async def scenario():
        async with stage(media=False) as s:
            await s.page.click("#connect")
            await expect(s.step("answer", "done")).to_be_visible()
            gone = {"code": 1101, "message": "no such session", "data": {"kind": "session.notFound", "retryable": False}}
            s.relay.refusals["session.resume"] = [gone]
            s.relay.held["session.resume"] = asyncio.Event()
            await s.relay.socket.close(4000, "draining")
            await expect(s.page.locator("#banner")).to_contain_text("The connection to the relay is lost")
            s.relay.held["session.resume"].set()
            await expect(s.page.locator("#caption")).to_contain_text("connection to the relay was lost")
            await expect(s.page.locator("#banner")).to_be_hidden()
            await expect(s.page.locator("#connect")).to_be_enabled()

    run(scenario())


def test_the_filter_and_empty_answers():
    async def scenario():
        async with stage(media=False) as s:
            await s.page.click("#connect")
            await expect(s.step("candidates", "done")).to_be_visible()
            await s.page.fill("#filter", "session.state")
            await expect(s.page.locator("#timeline .entry:visible")).to_have_count(3)
            await expect(s.page.locator("#count")).to_contain_text("3 of")
            await s.page.fill("#filter", "")
            await s.page.check("#hide-answers")
            await expect(s.page.locator("#timeline .entry:visible", has_text="ok ·")).to_have_count(0)

    run(scenario())


@pytest.mark.parametrize("width", [360, 820, 1400])
def test_nothing_sticks_out_at_any_width(width):
    async def scenario():
        async with stage(media=False, viewport={"width": width, "height": 740}) as s:
            await s.page.click("#connect")
            await expect(s.step("candidates", "done")).to_be_visible()
            await s.page.click("#speak")
            await expect(s.page.locator(".talk")).to_be_visible()
            await s.page.locator("#timeline summary").nth(1).click()
            assert await s.page.evaluate("document.documentElement.scrollWidth") == width

    run(scenario())


def test_the_theme_follows_the_system_until_it_is_chosen():
    async def scenario():
        async with stage(media=False, color_scheme="dark") as s:
            ground = "getComputedStyle(document.body).backgroundColor"
            assert await s.page.evaluate(ground) == "rgb(16, 18, 23)"
            await s.page.click("#theme")
            assert await s.page.evaluate(ground) == "rgb(245, 246, 248)"
            await s.page.reload()
            assert await s.page.evaluate(ground) == "rgb(245, 246, 248)"

    run(scenario())


def test_every_control_has_a_name_and_can_be_reached_by_keyboard():
    async def scenario():
        async with stage(media=False) as s:
            reached = []
            for _ in range(40):
                await s.page.keyboard.press("Tab")
                reached.append(await s.page.evaluate("document.activeElement.id || document.activeElement.name"))
            for control in ("theme", "provider", "kind", "avatar", "connect", "words", "copy", "filter"):
                assert control in reached, f"{control} is not reached by Tab"
            nameless = await s.page.evaluate(
                """[...document.querySelectorAll('button, input, select, textarea')].filter((element) =>
                  !element.textContent.trim() && !element.labels?.length && !element.getAttribute('aria-label'))
                  .map((element) => element.outerHTML)"""
            )
            assert nameless == []

    run(scenario())


def test_a_token_in_the_address_is_taken_out_of_it_and_shown_to_the_relay():
    async def scenario():
        async with stage(media=False) as s:
            await s.page.goto("about:blank")
            await s.page.goto(f"{s.relay.url}#token=aa.bb.cc")
            assert s.page.url == s.relay.url
            await expect(s.page.locator("#token")).to_have_value("aa.bb.cc")
            await s.page.click("#connect")
            await expect(s.step("answer", "done")).to_be_visible()
            assert "avatar-relay.token.aa.bb.cc" in s.relay.offered
            # It is stored nowhere.
            assert "aa.bb.cc" not in await s.page.evaluate("JSON.stringify([sessionStorage, localStorage])")

    run(scenario())


def test_a_reload_keeps_what_was_chosen():
    async def scenario():
        async with stage(media=False) as s:
            await s.page.get_by_role("radio", name="Clip").check()
            await s.page.fill("#avatar", "somebody")
            await s.page.select_option('select[name="compatibility_mode"]', "on")
            await s.page.get_by_role("radio", name="SSML").check()
            await s.page.fill("#words", "<speak>kept</speak>")
            await s.page.reload()
            await expect(s.page.get_by_role("radio", name="Clip")).to_be_checked()
            await expect(s.page.locator("#avatar")).to_have_value("somebody")
            await expect(s.page.locator('select[name="compatibility_mode"]')).to_have_value("on")
            await expect(s.page.get_by_role("radio", name="SSML")).to_be_checked()
            await expect(s.page.locator("#words")).to_have_value("<speak>kept</speak>")
            await s.page.get_by_role("radio", name="HeyGen").check()
            await s.page.reload()
            await expect(s.page.get_by_role("radio", name="HeyGen")).to_be_checked()

    run(scenario())


def test_the_timeline_is_downloaded_and_a_long_text_leaves_the_page_where_it_is():
    async def scenario():
        async with stage(media=False, viewport={"width": 1440, "height": 900}) as s:
            await s.page.click("#connect")
            await expect(s.step("candidates", "done")).to_be_visible()
            height = await s.page.evaluate("document.documentElement.scrollHeight")
            await s.page.fill("#words", "All of this is to be said. " * 100)
            await s.page.click("#speak")
            await expect(s.page.locator(".talk")).to_be_visible()
            talk = {"talk": "tlk_1", "phase": "started"}
            await s.relay.notify("session.talk", **talk)
            await expect(s.page.locator("#spoken")).to_contain_text("All of this")
            assert await s.page.evaluate("document.documentElement.scrollHeight") < height + 150
            async with s.page.expect_download() as waiting:
                await s.page.click("#download")
            messages = json.loads((await (await waiting.value).path()).read_text())
            assert messages[0]["message"]["method"] == "session.open"
            assert all("[redacted]" in json.dumps(each) for each in messages if "secret" in json.dumps(each))

    run(scenario())


@pytest.mark.parametrize("width, height", [(390, 844), (768, 1024)])
def test_on_small_screens_connect_and_speak_are_in_sight(width, height):
    async def scenario():
        async with stage(media=False, viewport={"width": width, "height": height}) as s:
            await expect(s.page.locator("#connect")).to_be_in_viewport(ratio=1)
            await s.page.click("#connect")
            await expect(s.step("answer", "done")).to_be_visible()
            await s.page.evaluate("scrollTo(0, 0)")
            await expect(s.page.locator("#speak")).to_be_in_viewport(ratio=1)
            await s.page.click("#close")
            await expect(s.chip("session", "closed")).to_be_visible()
            assert await s.page.locator('.chip[data-tone="good"]').count() == 0

    run(scenario())


def test_only_providers_that_the_relay_has_are_offered():
    async def scenario():
        async with stage(media=False) as s:
            await s.page.get_by_role("radio", name="D-ID").check()
            s.relay.providers = ["heygen"]
            await s.page.reload()
            await expect(s.page.get_by_role("radio", name="D-ID")).to_have_count(0)
            await expect(s.page.get_by_role("radio", name="HeyGen")).to_be_checked()
            await expect(s.page.locator("#avatar-hint")).to_contain_text("account's default")
            await expect(s.page.locator("#mock")).to_be_hidden()
            s.relay.providers = []
            await s.page.reload()
            await expect(s.page.locator("#no-provider")).to_be_visible()
            await expect(s.page.locator("#connect")).to_be_disabled()
            assert s.complaints == []

    run(scenario())


def test_avatars_and_voices_are_proposed_and_sent():
    async def scenario():
        async with stage(media=False) as s:
            proposed = "list => [...list.options].map(({ value }) => value)"
            photos = await s.page.locator("#known-avatars").evaluate(proposed)
            assert len(photos) > 2 and all(photo.startswith("https://") for photo in photos)
            await s.page.fill("#avatar", photos[1])
            await s.page.click("#connect")
            await expect(s.step("answer", "done")).to_be_visible()
            voices = await s.page.locator("#known-voices").evaluate(proposed)
            await s.page.get_by_text("Voice and options").click()
            await s.page.fill("#voice", voices[1])
            await s.page.click("#speak")
            await s.relay.wait_for(lambda: s.relay.asked("session.speak"))
            assert s.relay.asked("session.open")[0]["params"]["avatar"] == photos[1]
            voice = {"type": "microsoft", "voice_id": voices[1]}
            assert s.relay.asked("session.speak")[0]["params"]["options"] == {"provider": voice}
            await s.page.click("#close")
            await expect(s.step("closed", "done")).to_be_visible()
            # HeyGen's voice is the session's.
            await s.page.get_by_role("radio", name="HeyGen").check()
            await expect(s.page.locator("#voice-field")).to_be_hidden()
            await s.page.fill('#options input[name="voice"]', "v1")
            await s.page.click("#connect")
            await s.relay.wait_for(lambda: len(s.relay.asked("session.open")) == 2)
            assert s.relay.asked("session.open")[1]["params"]["options"]["voice"] == {"voice_id": "v1"}

    run(scenario())


def test_the_queue_says_why_and_can_be_left():
    async def scenario():
        async with stage(media=False) as s:
            s.relay.queue_position = 3
            await s.page.click("#connect")
            banner = s.page.locator("#banner")
            await expect(banner).to_contain_text("2 are before you")
            await expect(banner).to_contain_text("one that ends makes room")
            await expect(banner).to_contain_text(re.compile(r"Waiting for [1-9]\d* s"))
            await s.page.get_by_role("button", name="Leave the queue").click()
            await expect(banner).to_be_hidden()
            await s.relay.wait_for(lambda: s.relay.closed_connections == 1)
            await expect(s.page.locator("#connect")).to_be_enabled()

    run(scenario())


# What is shown and cannot be used, without words that say why.
SILENT = """() => [...document.querySelectorAll("button, input, select, textarea")]
  .filter((control) => control.matches(":disabled") && control.checkVisibility() && !control.closest("[title]:not([title=''])"))
  .map((control) => control.outerHTML)"""
# Terms of the page that nothing explains.
UNEXPLAINED = """() => [...document.querySelectorAll(".chip, .steps li, .media div, .choice label, .tick, #options .field, .sound-field")]
  .filter((term) => !term.title).map((term) => term.outerHTML)"""


@pytest.mark.parametrize("provider", ["D-ID", "HeyGen"])
def test_what_is_greyed_out_says_why_and_each_term_is_explained(provider):
    async def scenario():
        async with stage(media=False) as s:
            await s.page.get_by_role("radio", name=provider).check()
            await s.page.locator("details.more").evaluate_all("all => all.forEach((each) => each.open = true)")
            assert await s.page.evaluate(SILENT) == []
            assert await s.page.evaluate(UNEXPLAINED) == []
            await s.page.click("#connect")
            await expect(s.step("answer", "done")).to_be_visible()
            assert await s.page.evaluate(SILENT) == []
            await s.page.click("#close")
            await expect(s.chip("session", "closed")).to_be_visible()
            assert await s.page.evaluate(SILENT) == []

    run(scenario())


def test_a_provider_that_can_be_called_in_two_ways_is_called_as_chosen():
    async def scenario():
        async with stage(media=False) as s:
            await expect(s.page.get_by_label("Called by")).to_have_count(0)
            s.relay.providers = ["did", "did-websocket", "heygen"]
            await s.page.reload()
            await s.page.get_by_label("Called by").select_option("WebSocket")
            await s.page.reload()
            await expect(s.page.get_by_label("Called by")).to_have_value("did-websocket")
            await s.page.click("#connect")
            await s.relay.wait_for(lambda: s.relay.asked("session.open"))
            params = s.relay.asked("session.open")[0]["params"]
            assert params["provider"] == "did-websocket" and "transport" not in params["options"]
            await expect(s.page.get_by_label("Called by")).to_be_disabled()
            await s.page.click("#close")
            await s.page.get_by_role("radio", name="HeyGen").check()
            await expect(s.page.get_by_label("Called by")).to_have_count(0)

    run(scenario())


async def stop_time(page):
    """A talk that is being typed ends after a pause, which a busy machine may make between two keys."""
    await page.clock.install()
    await page.clock.pause_at(datetime.datetime.now() + datetime.timedelta(seconds=1))


def test_words_are_spoken_as_they_are_typed():
    async def scenario():
        async with stage(media=False) as s:
            s.relay.capabilities = {"parts": "native"}
            await s.page.get_by_label("Speak as I type").check()
            await expect(s.page.locator("#words")).to_have_value("")
            await s.page.click("#connect")
            await expect(s.page.locator("#parts")).to_have_text("D-ID takes them word by word.")
            await expect(s.page.get_by_role("button", name="Finish")).to_be_enabled()
            await stop_time(s.page)
            await s.page.locator("#words").press_sequentially("Once upon a tim")
            await expect(s.page.locator("#words")).to_have_value("tim")
            await expect(s.page.locator(".talk")).to_contain_text("Once upon a")
            await s.page.locator("#words").press_sequentially("e")
            await s.page.keyboard.press("Enter")
            await s.relay.wait_for(lambda: s.relay.asked("session.speakEnd"))
            [begin], parts = s.relay.asked("session.speak"), s.relay.asked("session.speakPart")
            assert begin["params"]["open"] is True
            said = begin["params"]["text"] + "".join(part["params"]["text"] for part in parts)
            assert said == "Once upon a time"
            assert [part["params"]["index"] for part in parts] == list(range(1, len(parts) + 1))
            assert s.relay.asked("session.speakEnd")[0]["params"]["index"] == len(parts) + 1
            await expect(s.page.locator(".talk")).to_contain_text("Once upon a time")
            assert s.complaints == []

    run(scenario())


def test_a_talk_that_is_typed_ends_after_a_pause_and_with_the_switch():
    async def scenario():
        async with stage(media=False) as s:
            s.relay.capabilities = {"parts": "joined"}
            await s.page.click("#connect")
            await expect(s.page.locator("#parts")).to_have_text("The relay joins them into sentences.")
            await s.page.get_by_label("Speak as I type").check()
            await s.page.locator("#words").press_sequentially("One. ")
            await s.relay.wait_for(lambda: s.relay.asked("session.speakEnd"))
            await s.page.locator("#words").press_sequentially("Two. ")
            await s.relay.wait_for(lambda: len(s.relay.asked("session.speak")) == 2)
            await s.page.get_by_label("Speak as I type").uncheck()
            await s.relay.wait_for(lambda: len(s.relay.asked("session.speakEnd")) == 2)
            await expect(s.page.get_by_role("button", name="Speak")).to_be_enabled()

    run(scenario())


def test_a_typed_talk_that_was_interrupted_is_followed_by_a_new_one():
    async def scenario():
        async with stage(media=False) as s:
            s.relay.capabilities = {"interrupt": "relay"}
            await s.page.click("#connect")
            await s.page.get_by_label("Speak as I type").check()
            await stop_time(s.page)
            await s.page.locator("#words").press_sequentially("One. ")
            await s.relay.wait_for(lambda: s.relay.asked("session.speak"))
            await expect(s.page.locator(".talk")).to_be_visible()
            await s.page.get_by_role("button", name="Interrupt").click()
            await expect(s.page.locator('#composer[data-typing="none"]')).to_be_visible()
            await s.page.locator("#words").press_sequentially("Two. ")
            await s.relay.wait_for(lambda: len(s.relay.asked("session.speak")) == 2)
            assert s.relay.asked("session.speakEnd") == []

    run(scenario())


def test_a_part_that_is_refused_is_shown_and_typing_goes_on_with_a_new_talk():
    async def scenario():
        async with stage(media=False) as s:
            await s.page.click("#connect")
            await s.page.get_by_label("Speak as I type").check()
            error = {"code": 1200, "message": "too long", "data": {"kind": "talk.tooLong", "retryable": False}}
            s.relay.refusals["session.speakPart"] = [error]
            await stop_time(s.page)
            await s.page.locator("#words").press_sequentially("One. ")
            await s.relay.wait_for(lambda: s.relay.asked("session.speak"))
            await s.page.locator("#words").press_sequentially("Two. ")
            await expect(s.page.locator(".notice.error")).to_contain_text("talk.tooLong")
            await s.page.locator("#words").press_sequentially("Three. ")
            await s.relay.wait_for(lambda: len(s.relay.asked("session.speak")) == 2)

    run(scenario())

// Checks how talks end whose text is still being written: refused, of unknown fate, silent, interrupted, or with their session.
import AvatarProvider
import Basics
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryPartsEndingTests {
  // MARK: Failures

  @Test("A part that the provider refuses ends the talk, and the provider is told so")
  func refused() {
    var scene = PartsScene(.native)
    _ = scene.begin("a")
    scene.provider.hold(.speakPart)
    let parts = [scene.part(1, "b", of: "t1"), scene.part(2, "c", of: "t1")]
    let next = scene.speak("next")
    scene.provider.release(.speakPart, ProviderFailure(.moderation, "no"))
    #expect(parts.map(scene.answer) == ["provider.moderation", "over"])
    #expect(scene.asked == ["speakPart 0 a", "speakPart 1 t1 b", "speakEnd 1 t1", "speak next"])
    #expect(scene.phases == ["t1 accepted", "t1 failed provider.moderation", "t2 accepted"])
    #expect(scene.answer(next) == "talk t2")
    #expect(scene.answer(scene.part(2, "c", of: "t1")) == "over")
    #expect(scene.answer(scene.part(0 + 1, "b", of: "t1")) == "over")
  }

  @Test("A first part that is refused is a talk that never was")
  func firstRefused() {
    for parts in [SessionCapabilities.Parts.native, .joined] {
      var scene = PartsScene(parts)
      scene.provider.fail(parts == .native ? .speakPart : .speak, ProviderFailure(.notReady, "no"))
      #expect(scene.answer(scene.begin("One. ")) == "provider.notReady")
      #expect(scene.phases == [])
      scene.provider.fail(parts == .native ? .speakPart : .speak, nil)
      #expect(scene.answer(scene.begin("One. ")) == "talk t1", "the lane is free")
    }
  }

  @Test("After a part of unknown fate nothing more is said, and the end is sent without a number")
  func unknown() {
    var scene = PartsScene(.native)
    _ = scene.begin("a")
    scene.provider.hold(.speakPart)
    let parts = [scene.part(1, "b", of: "t1"), scene.part(2, "c", of: "t1"), scene.end(3, of: "t1")]
    scene.provider.release(.speakPart, ProviderFailure(.fateUnknown, "gone"))
    #expect(parts.map(scene.answer) == ["talk.unknown", "talk.unknown", "talk.unknown"])
    #expect(scene.asked == ["speakPart 0 a", "speakPart 1 t1 b", "speakEnd ? t1"])
    #expect(scene.answer(scene.part(2, "c", of: "t1")) == "talk.unknown")
    #expect(scene.phases == ["t1 accepted"])
    #expect(scene.answer(scene.speak("next")) == "talk t2")
  }

  @Test("A first part of unknown fate leaves no talk to go on with, and its end is sent")
  func firstUnknown() {
    var scene = PartsScene(.native)
    scene.provider.fail(.speakPart, ProviderFailure(.fateUnknown, "gone"))
    #expect(scene.answer(scene.begin("a")) == "talk.unknown")
    #expect(scene.asked == ["speakPart 0 a", "speakEnd ?"])
    #expect(scene.answer(scene.speak("next")) == "talk t1")
  }

  @Test("A talk that gets no part in time is said to its end, and its client is told why nothing follows")
  func timeout() {
    var native = PartsScene(.native)
    _ = native.begin("a")
    native.fixture.advance(.seconds(9))
    #expect(native.answer(native.part(1, "b", of: "t1")) == "ok")
    native.fixture.advance(.milliseconds(9999))
    #expect(native.phases == ["t1 accepted"])
    native.fixture.advance(.milliseconds(1))
    #expect(native.phases == ["t1 accepted", "t1 failed talk.interrupted"])
    #expect(native.asked.last == "speakEnd 2 t1")
    #expect(native.answer(native.part(2, "c", of: "t1")) == "over")
    var joined = PartsScene(.joined)
    _ = joined.begin("One. Two")
    joined.fixture.advance(.seconds(10))
    #expect(joined.asked == ["speak One.", "speak Two"])
    #expect(joined.answer(joined.end(1, of: "t1")) == "over")
    #expect(joined.answer(joined.speak("next")) == "talk t3")
  }

  @Test("The talk behind one that fell silent goes at once where there is nothing left to say")
  func silenceFreesTheLane() {
    var scene = PartsScene(.joined)
    _ = scene.begin("One. ")
    let next = scene.speak("next")
    #expect(scene.answer(next) == nil)
    scene.fixture.advance(.seconds(10))
    #expect(scene.answer(next) == "talk t2")
  }

  @Test("Its client's time does not run while the provider has a part")
  func slowProvider() {
    var scene = PartsScene(.native)
    _ = scene.begin("a")
    scene.provider.hold(.speakPart)
    let part = scene.part(1, "b", of: "t1")
    scene.fixture.advance(.seconds(30))
    scene.provider.release(.speakPart)
    #expect(scene.answer(part) == "ok")
    scene.fixture.advance(.seconds(9))
    #expect(scene.phases == ["t1 accepted"])
  }

  // MARK: Interruptions

  @Test("An interruption ends the talk: what waits is not said, what was said is cut off, and the end is sent")
  func interruption() {
    var scene = PartsScene(.native)
    _ = scene.begin("a")
    #expect(scene.answer(scene.interrupt()) == "interrupted")
    #expect(scene.asked == ["speakPart 0 a", "speakEnd 1 t1", "interrupt t1"])
    #expect(scene.answer(scene.part(1, "b", of: "t1")) == "over")
    #expect(scene.answer(scene.end(1, of: "t1")) == "over")
    #expect(scene.answer(scene.begin("c")) == "talk t2")
  }

  @Test("A part that is on its way when everything is interrupted is cut off once it was taken")
  func interruptedPart() {
    for talk in ["t1", nil] {
      var scene = PartsScene(.native)
      _ = scene.begin("a")
      scene.provider.hold(.speakPart)
      let part = scene.part(1, "b", of: "t1")
      let behind = scene.part(2, "c", of: "t1")
      let interrupt = scene.interrupt(talk)
      #expect(scene.answer(behind) == "over")
      scene.provider.release(.speakPart)
      #expect(scene.answer(part) == "ok" && scene.answer(interrupt) != nil)
      #expect(scene.asked == ["speakPart 0 a", "speakPart 1 t1 b", "interrupt t1", "interrupt t1", "speakEnd 2 t1"])
      let isTold = scene.browser.events(of: scene.session).contains(.interrupted(talk: "t1", .done))
      #expect(isTold)
    }
  }

  @Test("A first part that is on its way when everything is interrupted is cut off as a talk is")
  func interruptedBeginning() {
    var scene = PartsScene(.joined)
    scene.provider.hold(.speak)
    let begin = scene.begin("One. Two")
    #expect(scene.answer(scene.interrupt()) == "interrupted later")
    scene.provider.release(.speak)
    #expect(scene.answer(begin) == "talk t1")
    #expect(scene.asked == ["speak One.", "interrupt t1"])
    #expect(scene.answer(scene.part(1, " more.", of: "t1")) == "over")
  }

  @Test("Nothing is handed on beside an interruption of another talk")
  func besideAnInterruption() {
    var scene = PartsScene(.native)
    _ = scene.speak("whole")
    _ = scene.begin()
    scene.provider.hold(.interrupt)
    _ = scene.interrupt("t1")
    let part = scene.part(1, "a", of: "talk-1")
    #expect(scene.answer(part) == nil && scene.asked.last == "interrupt t1")
    scene.provider.release(.interrupt)
    #expect(scene.answer(part) == "ok")
  }

  @Test("A talk that waits behind an open one is given up by an interruption")
  func waitingTalk() {
    var scene = PartsScene(.native)
    _ = scene.begin("a")
    let waiting = scene.begin("b")
    _ = scene.interrupt()
    #expect(scene.answer(waiting) == "talk.interrupted")
  }

  // MARK: The end of the session

  @Test("Closing overtakes parts: those that wait are told so, the one on its way is of unknown fate")
  func closing() {
    var scene = PartsScene(.native)
    _ = scene.begin("a")
    scene.provider.hold(.speakPart)
    let parts = [scene.part(1, "b", of: "t1"), scene.part(2, "c", of: "t1")]
    let close = scene.fixture.send(.close(session: scene.session), on: scene.browser)
    #expect(parts.map(scene.answer) == ["talk.unknown", "session.closed"])
    #expect(scene.answer(close) == "ok")
    scene.provider.release(.speakPart)
    #expect(scene.answer(scene.part(3, "d", of: "t1")) == "session.closed")
    #expect(!scene.asked.contains { $0.hasPrefix("speakEnd") }, "the end of the session ends it")
  }

  @Test("A session that is gone at the provider is closed, whichever part found out")
  func gone() {
    var scene = PartsScene(.native)
    _ = scene.begin("a")
    scene.provider.fail(.speakPart, .gone)
    #expect(scene.answer(scene.part(1, "b", of: "t1")) == "provider.sessionGone")
    #expect(scene.fixture.openSessions == 0)
  }
}

// Every list has an end: sessions, talks, entries, names.
import Basics
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct BoundsTests {
  private let start = MonotonicInstant(sinceStart: .zero)

  @Test func endedSessionsAreForgottenOldestFirst() async throws {
    try await MockFixture.run { mock in
      let first = try await DIDStream.create(mock)
      _ = await first.delete()
      for _ in 0..<MockSessions<DIDDetails>.endedLimit {
        let stream = try await DIDStream.create(mock)
        _ = await stream.delete()
      }
      let open = try await DIDStream.create(mock)
      #expect(await mock.state.sessions.count == MockSessions<DIDDetails>.endedLimit + 1)
      #expect(await mock.state.sessions.contains { $0.id == first.id } == false)
      #expect(await mock.state.sessions.last?.id == open.id)
    }
  }

  @Test func theJournalKeepsTheLatest() async throws {
    try await MockFixture.run { mock in
      for _ in 0..<(Journal.entryLimit + 5) { _ = await mock.send("GET", "/v1/streaming.list") }
      let entries = await mock.state.journal.entries
      #expect(entries.count == Journal.entryLimit)
      #expect(entries.first?.number == 6)
    }
  }

  @Test func theJournalIsBoundedInBytes() async throws {
    try await MockFixture.run { mock in
      let text = String(repeating: "x", count: Journal.bodyLimit - 100)
      for _ in 0..<200 { _ = await mock.post("/v1/streaming.task", ["session_id": "s", "text": .string(text)]) }
      let entries = await mock.state.journal.entries
      #expect((100...Journal.totalLimit / (Journal.bodyLimit - 200)).contains(entries.count))
      _ = await mock.post("/v1/streaming.task", ["session_id": "s", "text": .string(text + text)])
      let last = try #require(await mock.state.journal.entries.last)
      #expect((last.body["bytes"]?.integer ?? 0) > Int64(Journal.bodyLimit))
    }
  }

  @Test func talksOfASessionAreForgottenOldestFirst() throws {
    var queue = TalkQueue()
    var now = start
    for number in 0..<(TalkQueue.keptLimit + 3) {
      _ = try queue.add(id: "\(number)", duration: .seconds(1), startDelay: .zero, at: now)
      now = now.advanced(by: .seconds(1))
    }
    #expect(queue.talks.count == TalkQueue.keptLimit)
    #expect(queue.talks.first?.id == "3")
  }

  @Test func talksStartOneAfterTheOther() throws {
    var queue = TalkQueue()
    let first = try queue.add(id: "1", duration: .seconds(2), startDelay: .milliseconds(500), at: start)
    let second = try queue.add(id: "2", duration: .seconds(1), startDelay: .milliseconds(500), at: start)
    #expect(first.startsAt == start.advanced(by: .milliseconds(500)))
    #expect(second.startsAt == start.advanced(by: .milliseconds(2500)))
    #expect(first.phase(at: start) == .queued)
    #expect(first.phase(at: start.advanced(by: .seconds(1))) == .speaking)
    #expect(first.phase(at: start.advanced(by: .milliseconds(2500))) == .ended)
  }

  @Test func speechFollowsFromTheText() {
    #expect(SpeechDuration.ofText(String(repeating: "a", count: 150)) == .seconds(10))
    #expect(SpeechDuration.ofText("") == SpeechDuration.shortest)
    let fifteen = String(repeating: "a", count: 15)
    let ssml: [(String, Duration)] = [
      ("<speak>\(fifteen)</speak>", .seconds(1)),
      ("<speak>\(fifteen)<break time=\"500ms\"/></speak>", .milliseconds(1500)),
      ("<break time='1.5s'/>\(fifteen)<break  strength=\"weak\"/>", .milliseconds(3250)),
      ("\(fifteen)<break/>", .milliseconds(1750)), ("\(fifteen)<break time=\"9999s\"/>", .seconds(21)),
      ("\(fifteen)<break time=\"x\"/>", .seconds(1)), ("\(fifteen)<breakfast time=\"5s\"/>", .seconds(1)),
      ("\(fifteen)<break time=\"1e400s\"/>", .seconds(2)),
      ("\(fifteen)<prosody rate='slow'>\(fifteen)</prosody>", .seconds(2)),
      ("\(fifteen)<unclosed \(fifteen)", .seconds(1)),
      ("\(fifteen)<break time=\"99999999999999999999s\"/>", .seconds(21)),
      ("<><<>", SpeechDuration.shortest),
    ]
    for (text, duration) in ssml { #expect(SpeechDuration.ofSSML(text) == duration, "\(text)") }
  }

  @Test func plainTextIsReadWithItsTags() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      let text = "<break time=\"2s\"/>"
      for (isSSML, seconds) in [(false, 1.2), (true, 2.2)] {
        let reply = await mock.post(
          stream.path,
          [
            "script": ["type": "text", "input": .string(text), "ssml": .bool(isSSML)],
            "session_id": .string(stream.sessionID),
          ])
        #expect(reply["duration"]?.double == (isSSML ? 2 : seconds))
      }
    }
  }
}

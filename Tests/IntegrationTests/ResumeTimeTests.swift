// How long a client is without its session when its connection broke and it comes back at once.
import StrictJSON
import TestSupport
import Testing
import Timekeeping

@Suite(.timeLimit(.minutes(5))) struct ResumeTimeTests {
  private static let resumes = 300

  @Test("A new connection has the session back long before the grace time is over")
  func timeToResume() async throws {
    try await Stage.run { stage in
      var client = try await stage.client()
      let (script, result) = try await SessionScript.open(client, "heygen")
      try await script.negotiate(mid: "0")
      var secret = try #require(result["secret"]?.string)
      var lastSeq = try #require(
        try await client.notification("session.state") { $0["state"] == "live" }["params"]?["seq"]?.integer)
      var times: [Duration] = []
      for _ in 0..<Self.resumes {
        // Something is always missed and replayed.
        await client.post("session.speak", ["session": .string(script.session), "text": "Hello"])
        let nextID = await client.nextID
        client.drop()
        let begin = stage.loop.clock.now
        client = try await stage.client(firstID: nextID)
        let resumed = try await client.call(
          "session.resume",
          ["session": .string(script.session), "secret": .string(secret), "lastSeq": .integer(lastSeq)])
        times.append(begin.duration(to: stage.loop.clock.now))
        secret = try #require(resumed["result"]?["secret"]?.string)
        lastSeq += resumed["result"]?["replayed"]?.integer ?? 0
      }
      times.sort()
      let (median, slow) = (times[times.count / 2], times[times.count * 99 / 100])
      print("FIGURE resumes \(times.count)")
      print("FIGURE resumeMedianMs \((median.seconds * 10_000).rounded() / 10)")
      print("FIGURE resumeSlowMs \((slow.seconds * 10_000).rounded() / 10)")
      #expect(slow < .seconds(15), "half of the grace time")
    }
  }
}

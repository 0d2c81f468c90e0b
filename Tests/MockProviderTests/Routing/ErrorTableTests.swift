// The error tables: every row has a source, can be forced, and agrees with the golden samples.
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct ErrorTableTests {
  static let didErrors = DIDErrors.all.map(\.name)
  static let heyGenErrors = HeyGenErrors.all.map(\.name)

  @Test(arguments: [DIDErrors.all, HeyGenErrors.all])
  func everyRowHasASourceADateAndAnOwnName(table: [VendorError]) {
    #expect(Set(table.map(\.name)).count == table.count)
    for row in table {
      #expect(row.source.count > 8, "\(row.name)")
      let date = row.date.split(separator: "-").compactMap { Int($0) }
      #expect(date.count == 2 && (2020...2026).contains(date[0]) && (1...12).contains(date[1]), "\(row.name)")
      #expect((400...599).contains(row.status))
    }
  }

  @Test(arguments: didErrors)
  func everyDIDErrorCanBeForced(name: String) async throws {
    try await MockFixture.run { mock in
      #expect(await mock.admin("POST", "faults", ["call": "did.create", "error": .string(name)]).status == 201)
      let row = try #require(DIDErrors.all.first { $0.name == name })
      let reply = await mock.post("/talks/streams", ["source_url": "https://example.com/a.jpg"])
      #expect(reply.status == row.status)
      #expect(reply.json == row.body)
      #expect(await mock.post("/talks/streams", ["source_url": "https://example.com/a.jpg"]).status == 201)
    }
  }

  @Test(arguments: heyGenErrors)
  func everyHeyGenErrorCanBeForced(name: String) async throws {
    try await MockFixture.run { mock in
      #expect(await mock.admin("POST", "faults", ["call": "heygen.*", "error": .string(name)]).status == 201)
      let row = try #require(HeyGenErrors.all.first { $0.name == name })
      let reply = await mock.post("/v1/streaming.new", [:])
      #expect(reply.status == row.status)
      #expect(reply.json == row.body)
    }
  }

  @Test func goldenErrorsAreInTheTables() throws {
    for (contract, table) in [("did-talks", DIDErrors.all), ("heygen-v1", HeyGenErrors.all)] {
      let samples = try GoldenSample.all(contract, prefix: "error-").filter { $0.name != "error-validation.json" }
      #expect(samples.count >= 15)
      for sample in samples {
        #expect(table.contains { $0.status == sample.status && $0.body == sample.body }, "\(contract) \(sample.name)")
      }
    }
  }

  @Test func theGoldenValidationErrorIsWhatABadScriptGets() async throws {
    let sample = try #require(try GoldenSample.all("did-talks", prefix: "error-validation").first)
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      let reply = await mock.post(
        stream.path, ["script": ["type": "text", "input": "hi"], "session_id": .string(stream.sessionID)])
      #expect(reply.status == sample.status)
      #expect(reply.json == sample.body)
    }
  }
}

// A client of D-ID's, tested in Swift without a key. In a project of your own `MockProvider`, a product of this package, stands
// among the dependencies of the test target; here this folder is a test target of the package itself.
import Foundation
import MockProvider
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

@Suite struct GreeterTests {
  private func withMock(_ body: (MockServer) async throws -> Void) async throws {
    var configuration = MockConfiguration()
    configuration.media = .none
    let mock = try await MockServer.start(configuration)
    do { try await body(mock) } catch {
      await mock.stop()
      throw error
    }
    await mock.stop()
  }

  @Test func aCustomerIsGreetedByName() async throws {
    try await withMock { mock in
      let greeter = try await Greeter(url: mock.baseURL)
      try await greeter.greet("Ada")
      let call = try await mock.waitFor(.didSpeak, text: "Ada")
      #expect(call.status == 200)
      try await greeter.close()
      try await mock.verifyOrder(.didCreate, .didSDP, .didSpeak, .didDelete)
      try await mock.verifyNoOpenSessions()
    }
  }

  @Test func fiveSilentMinutesEndAStream() async throws {
    try await withMock { mock in
      let greeter = try await Greeter(url: mock.baseURL)
      mock.advance(by: .seconds(300))
      await #expect(throws: Greeter.Refused.self) { try await greeter.greet("Grace") }
      try await mock.verify(.didSpeak, where: [.status(400)], count: 1)
      try await mock.verifyNoOpenSessions()
    }
  }

  @Test func whatIsMissingIsNamed() async throws {
    try await withMock { mock in
      let greeter = try await Greeter(url: mock.baseURL)
      let error = await #expect(throws: VerificationError.self) { try await mock.verifyNoOpenSessions(timeout: .zero) }
      #expect(error?.description.hasPrefix("1 session(s) left open: did ") == true)
      let late = await #expect(throws: VerificationError.self) {
        try await mock.waitFor(.didSpeak, text: "Ada", timeout: .milliseconds(20))
      }
      #expect(late?.description.hasPrefix("one call of did.speak and text contains \"Ada\": not within") == true)
      let order = await #expect(throws: VerificationError.self) { try await mock.verifyOrder(.didSDP, .didCreate) }
      #expect(order?.description.contains("did.create is missing at its place in did.create → did.sdp") == true)
      try await greeter.close()
    }
  }
}

/// A small client of D-ID's streams: what a user's own code may look like.
struct Greeter {
  /// The vendor's answer was no.
  struct Refused: Error { let status: Int }

  private let url: String
  private let session: String

  /// Opens and connects a stream.
  init(url: String) async throws {
    let created = try await Self.call("POST", url + "/talks/streams", ["source_url": "https://avatar.example/anna.png"])
    self.url = url + "/talks/streams/" + (created["id"] as? String ?? "")
    session = created["session_id"] as? String ?? ""
    let offer = (created["offer"] as? [String: Any])?["sdp"] as? String ?? ""
    // A browser makes an answer from the offer; here the offer's own lines come back as one.
    let lines = offer.components(separatedBy: "\r\n").filter { line in
      !["a=candidate", "a=ice-lite", "a=msid", "a=ssrc"].contains { line.hasPrefix($0) }
    }
    let sdp = lines.joined(separator: "\r\n").replacingOccurrences(of: "a=setup:actpass", with: "a=setup:active")
      .replacingOccurrences(of: "a=sendonly", with: "a=recvonly").replacingOccurrences(of: "a=sendrecv", with: "a=recvonly")
    _ = try await Self.call("POST", self.url + "/sdp", ["answer": ["type": "answer", "sdp": sdp], "session_id": session])
    _ = try await Self.call("POST", self.url + "/ice", ["session_id": session])
  }

  func greet(_ name: String) async throws {
    let script: [String: Any] = ["type": "text", "input": "Hello, \(name)!"]
    _ = try await Self.call("POST", url, ["script": script, "session_id": session])
  }

  func close() async throws { _ = try await Self.call("DELETE", url, ["session_id": session]) }

  private static func call(_ method: String, _ url: String, _ body: [String: Any]) async throws -> [String: Any] {
    guard let address = URL(string: url) else { throw URLError(.badURL) }
    var request = URLRequest(url: address)
    request.httpMethod = method
    request.httpBody = try JSONSerialization.data(withJSONObject: body)
    request.setValue("Basic any", forHTTPHeaderField: "Authorization")
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    let (data, response) = try await URLSession.shared.data(for: request)
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    guard (200..<300).contains(status) else { throw Refused(status: status) }
    return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }
}

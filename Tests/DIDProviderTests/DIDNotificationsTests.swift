// D-ID's notifications sockets: where they are opened, with what, and what of the key is heard.
import AvatarProvider
import Basics
import DIDProvider
import ProviderHTTP
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct DIDNotificationsTests {
  /// Opens sockets that are nowhere, and says what it was asked.
  private final class Sockets: ProviderSocketClient {
    let asked = Mutex<[String]>([])
    let handlers = Mutex<[any ProviderSocketHandler]>([])
    let answer: Result<ProviderSocketOpening, ProviderHTTPFailure>

    init(_ answer: Result<ProviderSocketOpening, ProviderHTTPFailure> = .success(.open(Socket()))) { self.answer = answer }

    func openSocket(
      to url: String, timeout: Duration, _ handler: any ProviderSocketHandler
    ) async throws(ProviderHTTPFailure) -> ProviderSocketOpening {
      asked.withLock { $0.append(url) }
      handlers.withLock { $0.append(handler) }
      return try answer.get()
    }
  }

  private struct Socket: ProviderSocket {
    let id: UInt64 = 7
    func send(_ text: [UInt8]) -> Int? { 1 }
    func end() {}
  }

  private final class Listener: ProviderSocketHandler {
    let heard = Mutex<[String]>([])
    func received(_ text: [UInt8], on socket: UInt64) {
      heard.withLock { $0.append(String(decoding: text, as: UTF8.self)) }
    }
    func closed(_ socket: UInt64, code: UInt16, written: Int) { heard.withLock { $0.append("closed \(code)") } }
  }

  private func notifications(_ sockets: Sockets, key: String = DIDBench.key) -> DIDNotifications? {
    DIDNotifications(
      DIDProvider.Configuration(key: Secret(key)), url: "wss://notifications.test", sockets: sockets)
  }

  @Test func aSocketIsOpenedWithTheKeyAndTheNameOfAConnection() async throws {
    let sockets = Sockets()
    let listener = Listener()
    _ = try await #require(notifications(sockets)).open(for: "name", listener)
    #expect(
      sockets.asked.withLock { $0 } == [
        "wss://notifications.test?authorization=Basic%20dXNlckBleGFtcGxlLmNvbQ%3ASup3rS3cretKey~name"
      ])
    let handler = try #require(sockets.handlers.withLock { $0.first })
    handler.received(Array(#"{"event":"chat/partial"}"#.utf8), on: 7)
    handler.received(Array("no such key: \(DIDBench.key)".utf8), on: 7)
    handler.closed(7, code: 4000, written: 0)
    #expect(
      listener.heard.withLock { $0 } == [#"{"event":"chat/partial"}"#, "no such key: (secret)", "closed 4000"])
  }

  /// With the form of a client key nobody could be told from another.
  @Test(arguments: ["Client-Key ck_1.ext_9", "client-key ck"])
  func aClientKeyOpensNone(key: String) { #expect(notifications(Sockets(), key: key) == nil) }

  @Test(arguments: [
    (401, ProviderFailure.Code.unauthorized), (403, .unauthorized), (500, .unavailable), (200, .unavailable),
  ])
  func aRefusalSaysWhose(status: Int, code: ProviderFailure.Code) async throws {
    let sockets = Sockets(.success(.refused(status: status)))
    let failure = await #expect(throws: ProviderFailure.self) {
      _ = try await #require(notifications(sockets)).open(for: "name", Listener())
    }
    #expect(failure?.code == code)
  }

  @Test func whatCannotBeReachedIsSaidToBeThat() async throws {
    let sockets = Sockets(.failure(ProviderHTTPFailure(.unresolvedHost, neverSent: true, detail: "notifications.test")))
    let failure = await #expect(throws: ProviderFailure.self) {
      _ = try await #require(notifications(sockets)).open(for: "name", Listener())
    }
    #expect(failure?.code == .unreachable)
    #expect(failure?.message.contains("notifications.test") == false, "hosts are the operator's business")
  }
}

// Sets D-ID's adapter up on WebSockets to a mock, without a relay.
import Basics
import DIDProvider
import Logging
import MockClock
import MockProvider
import Transport

/// Runs a test with an adapter that may have so many sockets and whose clock can be moved, and takes everything down whatever
/// happens.
func withDIDSockets(
  most: Int = 10, _ adjust: (inout DIDProvider.Configuration) -> Void = { _ in },
  _ body: (DIDProvider, CountedSockets, MockServer, SteppableClock) async throws -> Void
) async throws {
  let loop = try EventLoop()
  let clock = SteppableClock(runningWith: loop.clock)
  var configuration = MockConfiguration()
  configuration.media = .none
  let mock = try await MockServer.start(configuration, on: loop)
  let connector = try await WebSocketConnector.start(
    .init(), on: loop, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  let sockets = CountedSockets(connector)
  var settings = DIDProvider.Configuration(key: Secret("k"), defaultSourceURL: "https://avatar.example/anna.png")
  settings.transport = .webSocket(mock.baseURL.replacing("http://", with: "ws://"))
  adjust(&settings)
  let provider = DIDProvider(
    configuration: settings,
    client: DIDSocketClient(sockets, executor: loop, clock: clock, maximumSockets: most), clock: clock,
    millisecondsSinceEpoch: { 0 })
  do {
    try await body(provider, sockets, mock, clock)
  } catch {
    await loop.stop()
    throw error
  }
  await loop.stop()
}

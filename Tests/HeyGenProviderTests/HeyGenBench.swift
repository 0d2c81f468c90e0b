// A HeyGen adapter in front of prepared answers.
import AvatarProvider
import Basics
import HeyGenProvider
import MockClock
import ProviderHTTP
import ProviderTestSupport
import SessionValues
import StrictJSON

/// What most tests of the adapter need.
struct HeyGenBench {
  static let contract = "heygen-v1"
  static let key = "ZmFrZS1oZXlnZW4ta2V5LTE3"

  let client: RecordingClient
  let provider: HeyGenProvider

  init(
    _ outcomes: [RecordingClient.Outcome] = [], key: String = Self.key,
    adjust: (inout HeyGenProvider.Configuration) -> Void = { _ in }
  ) {
    var configuration = HeyGenProvider.Configuration(baseURL: "http://heygen.test", key: Secret(key))
    adjust(&configuration)
    client = RecordingClient(outcomes)
    provider = HeyGenProvider(
      configuration: configuration, client: client, clock: SteppableClock(), jitter: .fixed(0))
  }

  /// A bench whose answers are samples.
  init(samples: [String], adjust: (inout HeyGenProvider.Configuration) -> Void = { _ in }) throws {
    self.init(try samples.map { try Sample($0, of: Self.contract).outcome }, adjust: adjust)
  }

  /// The session of the sample `new-reply-2025`.
  static func handle(token: String = "", contract: String = "v1") throws -> SessionHandle {
    let reply = try Sample("new-reply-2025", of: Self.contract).json
    return .init(id: reply["data"]?["session_id"]?.string ?? "", routing: token, contract: contract)
  }

  /// The request that was made; the test fails where there was another number of them.
  func onlyRequest() async throws -> ProviderRequest {
    let requests = await client.requests
    guard requests.count == 1 else { throw UnexpectedRequests(count: requests.count) }
    return requests[0]
  }

  struct UnexpectedRequests: Error { let count: Int }
}

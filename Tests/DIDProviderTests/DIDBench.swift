// A D-ID adapter in front of prepared answers.
import AvatarProvider
import Basics
import DIDProvider
import MockClock
import ProviderHTTP
import ProviderTestSupport
import SessionValues
import StrictJSON

/// What most tests of the adapter need.
struct DIDBench {
  static let contract = "did-talks"
  /// As the studio shows keys: the base64 of a mail address, a colon, a secret.
  static let key = "dXNlckBleGFtcGxlLmNvbQ:Sup3rS3cretKey"

  let client: RecordingClient
  let provider: DIDProvider

  init(
    _ outcomes: [RecordingClient.Outcome] = [], key: String = Self.key,
    adjust: (inout DIDProvider.Configuration) -> Void = { _ in }
  ) {
    var configuration = DIDProvider.Configuration(baseURL: "http://did.test/", key: Secret(key))
    adjust(&configuration)
    client = RecordingClient(outcomes)
    provider = DIDProvider(
      configuration: configuration, client: client, clock: SteppableClock(), jitter: .fixed(0),
      millisecondsSinceEpoch: { 1_700_000_000_123 })
  }

  /// A bench whose only answer is a sample.
  init(sample: String) throws { self.init([try Sample(sample, of: Self.contract).outcome]) }

  /// The session of the sample `create-reply`.
  static func handle(contract: String = "talks") throws -> SessionHandle {
    let reply = try Sample("create-reply", of: Self.contract).json
    return .init(id: reply["id"]?.string ?? "", routing: reply["session_id"]?.string ?? "", contract: contract)
  }

  /// The request that was made; the test fails where there was another number of them.
  func onlyRequest() async throws -> ProviderRequest {
    let requests = await client.requests
    guard requests.count == 1 else { throw UnexpectedRequests(count: requests.count) }
    return requests[0]
  }

  struct UnexpectedRequests: Error { let count: Int }
}

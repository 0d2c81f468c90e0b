// The pictures and sounds that sessions ask for.
import ProviderHTTP
import TalkingAvatar

/// Loads for all sessions of a mock. It is made before the mock knows its own port, and refuses that one from then on.
actor MediaLibrary {
  private let folders: [String]
  private let client: any ProviderHTTPClient
  private var ownPorts: Set<UInt16> = []

  init(folders: [String], client: any ProviderHTTPClient) {
    self.folders = folders
    self.client = client
  }

  /// The mock listens there: no URL leads back to its control surface.
  func refuse(port: Int) { ownPorts.insert(UInt16(clamping: port)) }

  /// The bytes behind a URL.
  func bytes(of url: String) async -> MediaOutcome {
    await MediaSource(folders: folders, client: client, refusedPorts: ownPorts).load(url)
  }

  /// The picture behind a URL; nil when there is none that can be shown. Decoded on another thread than the caller's.
  func photo(of url: String) async -> Photo? {
    guard case .loaded(let bytes) = await bytes(of: url) else { return nil }
    return await Self.photo(decoding: bytes)
  }

  @concurrent private static func photo(decoding bytes: [UInt8]) async -> Photo? { try? Photo(decoding: bytes) }
}

// Where the mock takes pictures and sound from: the URL itself, a folder that was allowed, this machine. Nowhere else.
import ProviderHTTP

/// Loads what a `source_url`, `driver_url` or `audio_url` names, if it is near enough.
///
/// Taken are `data:` URLs, `file:` URLs of regular files beneath an allowed folder, and `http:` or `https:` URLs whose
/// host is literally of this machine. For everything else nothing is sent, looked up or opened.
public struct MediaSource: Sendable {
  /// The largest picture or sound in bytes.
  public static let maximumBytes = 8 << 20
  /// The longest URL in bytes: a `data:` URL of ``maximumBytes`` in base64, and a little.
  public static let maximumURLBytes = 12 << 20
  /// How long a loopback server may take.
  public static let patience = Duration.seconds(5)

  private let folders: [String]
  private let client: any ProviderHTTPClient
  private let refusedPorts: Set<UInt16>

  /// - Parameters:
  ///   - folders: what `--media-folder` allows.
  ///   - client: sends requests to this machine; it must not follow redirects, and ``ProviderHTTPClient`` does not.
  ///   - refusedPorts: the mock's own, so that no URL reaches its control surface.
  public init(folders: [String], client: any ProviderHTTPClient, refusedPorts: Set<UInt16>) {
    self.folders = folders
    self.client = client
    self.refusedPorts = refusedPorts
  }

  /// The bytes behind a URL, or why there are none. A file is read on another thread than the caller's.
  public func load(_ url: String) async -> MediaOutcome {
    do throws(MediaRefusal) {
      guard url.utf8.count <= Self.maximumURLBytes else { throw .tooLarge }
      let bytes = try await bytes(of: url)
      guard !bytes.isEmpty else { throw .empty }
      guard bytes.count <= Self.maximumBytes else { throw .tooLarge }
      return .loaded(bytes)
    } catch {
      return .notLoaded(error)
    }
  }

  private func bytes(of url: String) async throws(MediaRefusal) -> [UInt8] {
    guard let colon = url.prefix(8).firstIndex(of: ":") else { throw .notAURL }
    switch url[..<colon].lowercased() {
    case "data": return try await DataURL.bytes(of: url)
    case "file": return try await MediaFolder.bytes(of: url, folders: folders)
    case "http", "https": return try await fetch(LoopbackURL(url))
    default: throw .otherScheme
    }
  }

  private func fetch(_ url: LoopbackURL) async throws(MediaRefusal) -> [UInt8] {
    guard !refusedPorts.contains(url.port) else { throw .ownPort }
    let request = ProviderRequest(
      method: "GET", url: url.text, repeatability: .repeatable, timeout: Self.patience,
      maximumResponseBytes: Self.maximumBytes)
    let response: ProviderResponse
    do throws(ProviderHTTPFailure) { response = try await client.send(request) } catch { throw .failed(error.code) }
    guard !(300...399).contains(response.status) else { throw .redirected }
    guard response.status == 200 else { throw .status(response.status) }
    return response.body
  }
}

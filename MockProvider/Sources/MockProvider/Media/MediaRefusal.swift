// Why nothing was loaded.
import ProviderHTTP

/// What speaks against a URL. It holds nothing of the URL, which may be signed.
public enum MediaRefusal: Error, Sendable, Hashable, CustomStringConvertible {
  /// Not a URL, or one with characters that no URL has.
  case notAURL
  /// Neither `data`, `file`, `http` nor `https`.
  case otherScheme
  /// Its host is not literally this machine's; nothing was sent to it.
  case otherHost
  /// A port of the mock itself.
  case ownPort
  /// A file outside of every folder that was allowed, or one that does not exist: the two are not told apart.
  case otherFolder
  /// No regular file, or one that may not be read.
  case noFile
  /// A `data:` URL that cannot be decoded.
  case malformedData
  /// Larger than ``MediaSource/maximumBytes``.
  case tooLarge
  case empty
  /// The loopback server sends elsewhere; that is not followed.
  case redirected
  /// The loopback server answered with another status than 200.
  case status(Int)
  /// The loopback server gave no answer.
  case failed(ProviderHTTPFailure.Code)

  public var description: String {
    switch self {
    case .notAURL: "not a URL"
    case .otherScheme: "data, file, http and https are loaded, other schemes are not"
    case .otherHost: "the mock is offline: only 127.0.0.0/8, [::1] and localhost are loaded from"
    case .ownPort: "the mock does not load from itself"
    case .otherFolder: "no such file in a folder that --media-folder allows"
    case .noFile: "not a regular file, or it may not be read"
    case .malformedData: "the data URL cannot be decoded"
    case .tooLarge: "larger than \(MediaSource.maximumBytes) bytes"
    case .empty: "empty"
    case .redirected: "the server sends elsewhere, which is not followed"
    case .status(let status): "the server answered with status \(status)"
    case .failed(let code): "no answer: \(code.rawValue)"
    }
  }
}

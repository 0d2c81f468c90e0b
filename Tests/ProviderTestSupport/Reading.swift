// Says of an adapter's values what only tests want to know.
import AvatarProvider
import ProviderCalls

extension Jitter {
  /// Always the same fraction of a pause.
  public static func fixed(_ fraction: Double) -> Jitter { Jitter { fraction } }
}

extension ProviderFailure {
  /// True when the same request may succeed later without anybody changing anything.
  public var isRetryable: Bool {
    switch code {
    case .sessionLimit, .rateLimited, .notReady, .unavailable, .unreachable: true
    default: false
    }
  }
}

// Which web pages may connect.
import Basics

/// Decides by the `Origin` header (RFC 6455 section 10.2). Without it every page that a developer visits could open
/// sessions on the relay of his own machine.
struct OriginPolicy: Sendable {
  private let allowed: Set<String>

  init(allowed: [String]) { self.allowed = Set(allowed.map { $0.lowercased() }) }

  /// True for no origin (not a browser), for pages from loopback hosts and for the configured origins.
  func allows(_ origin: String?) -> Bool {
    guard let origin = origin?.lowercased() else { return true }
    return allowed.contains(origin) || HostName.isLoopback(origin: origin)
  }
}

// How many sockets the process may have.
import Glibc

/// The soft limit of file descriptors, set once before the first listener.
enum DescriptorLimit {
  /// Enough for 250,000 connections. libwebsockets allocates tables for the whole limit, so a hard limit of a billion,
  /// as containers have it, must not be taken as it is.
  static let maximum: rlim_t = 262_144

  /// Sets the soft limit to the hard one, or to ``maximum`` where that is less.
  static let raised: Void = {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = min(limit.rlim_max, maximum)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }()
}

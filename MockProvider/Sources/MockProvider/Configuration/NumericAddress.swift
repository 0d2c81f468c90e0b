// Says whether a text is an IP address.
import Glibc

/// Addresses as the command line takes them: numeric, since names are never resolved.
public enum NumericAddress {
  /// True for IPv4 with four decimal parts, and for IPv6 (inet_pton(3)).
  public static func isOne(_ text: String) -> Bool {
    var bytes = in6_addr()
    return inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1
  }
}

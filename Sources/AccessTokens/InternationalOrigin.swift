// Reads origins that have international host names, as people write them in settings and tokens.
import Basics
import Foundation

extension WebOrigin {
  /// An origin whose host may be an international name: `https://münchen.example` is `https://xn--mnchen-3ya.example` in
  /// what browsers send (UTS #46).
  /// - Throws: ``WebOrigin/Refusal`` for what no browser sends.
  public init(international written: String) throws(Refusal) {
    try self.init(written) { host in
      var components = URLComponents()
      components.scheme = "https"
      components.host = host
      return components.encodedHost
    }
  }
}

// Session ids and secrets from the system's random numbers.
import Foundation
import Relay
import Signaling

/// Makes ids and secrets that nobody can guess.
struct SystemIdentifiers: IdentifierSource {
  func makeSessionID() -> SessionID { SessionID(rawValue: Self.random(bytes: 16)) }
  func makeSecret() -> ResumeSecret { ResumeSecret(value: Self.random(bytes: 32)) }

  /// Base64url without padding (RFC 4648 section 5).
  private static func random(bytes count: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    return Data(bytes).base64EncodedString()
      .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
      .replacingOccurrences(of: "=", with: "")
  }
}

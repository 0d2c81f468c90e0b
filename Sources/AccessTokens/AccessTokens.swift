// Decides whether a token is genuine and current, and makes tokens for development and tests.
import Basics
import StrictJSON

/// Checks tokens: JSON Web Tokens (RFC 7519) in compact form, signed with one of ``AccessKeys``. It is pure; the caller
/// says what time it is.
public struct TokenVerifier: Sendable {
  /// Most bytes of a token: a generous list of avatars fits.
  public static let maximumTokenBytes = 8192

  private let keys: AccessKeys
  /// By how many seconds the clocks of issuer and relay may differ.
  public let leewaySeconds: Int
  private let audience: Set<String>
  private let issuer: String?

  /// - Parameters:
  ///   - audience: names of which a token has to be for one; none where it may be for anybody.
  ///   - issuer: who has to have made it; nil for anybody with a key.
  public init(keys: AccessKeys, leewaySeconds: Int, audience: [String] = [], issuer: String? = nil) {
    self.keys = keys
    self.leewaySeconds = leewaySeconds
    self.audience = Set(audience)
    self.issuer = issuer
  }

  /// Reads a token and checks everything about it but the page's origin.
  ///
  /// The key decides about the algorithm, never the token alone: a public key is no secret for HS256.
  /// - Parameter now: seconds since 1970.
  public func claims(of token: String, at now: Double) throws(AccessTokenFailure) -> AccessClaims {
    guard token.utf8.count <= Self.maximumTokenBytes else { throw .tooLarge }
    let parts = Array(token.utf8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Self.object(parts[0]), let signature = Base64URL.decode(parts[2]) else {
      throw .malformed
    }
    let keys = try keys(for: header)
    let signed = Array(parts[0]) + [UInt8(ascii: ".")] + Array(parts[1])
    guard keys.contains(where: { $0.verifies(signature, of: signed) }) else { throw .signatureInvalid }
    guard let payload = Self.object(parts[1]) else { throw .malformed }
    let claims = try AccessClaims(payload)
    guard audience.isEmpty || !audience.isDisjoint(with: claims.audience ?? []) else { throw .audienceRefused }
    guard issuer == nil || issuer == claims.issuer else { throw .issuerRefused }
    guard now < end(of: claims) else { throw .expired }
    let latest = now + Double(leewaySeconds)
    guard claims.notBefore ?? 0 <= latest, claims.issuedAt ?? 0 <= latest else { throw .notYetValid }
    return claims
  }

  /// When the token ends, the leeway included, in seconds since 1970.
  public func end(of claims: AccessClaims) -> Double { claims.expiry + Double(leewaySeconds) }

  private func keys(for header: JSONObject) throws(AccessTokenFailure) -> [AccessKey] {
    // RFC 7515 section 4.1.11: what a token calls critical must be understood, and we understand nothing of the kind.
    guard header["crit"] == nil, let name = header["alg"]?.string else { throw .malformed }
    guard let algorithm = AccessAlgorithm(rawValue: name) else { throw .algorithmUnsupported }
    guard header["kid"] == nil || header["kid"]?.string != nil else { throw .malformed }
    let keys = try keys.keys(named: header["kid"]?.string).filter { $0.algorithm == algorithm }
    guard !keys.isEmpty else { throw .algorithmMismatch }
    return keys
  }

  private static func object(_ part: ArraySlice<UInt8>) -> JSONObject? {
    guard let bytes = Base64URL.decode(part) else { return nil }
    return (try? JSONParser.parse(bytes))?.object
  }
}

/// The named reasons for which a token is refused. The name is all that a client, a log or `/v1/validate` is told: no
/// reason carries a token, a key or a claim.
public enum AccessTokenFailure: String, Error, Sendable, Hashable, CaseIterable {
  /// More bytes than ``TokenVerifier/maximumTokenBytes``.
  case tooLarge
  /// Not three parts of base64url with a JSON object each (RFC 7515 section 7.1), or a header with `crit`.
  case malformed
  /// `alg` is none, or another one than HS256, ES256 and EdDSA.
  case algorithmUnsupported
  /// `alg` is not the one that the key is for.
  case algorithmMismatch
  /// No `kid`, though there are several keys with names.
  case keyNotNamed
  /// No key has that `kid`.
  case keyUnknown
  /// The signature is not the key's.
  case signatureInvalid
  /// A claim is missing, of another type, or out of its range.
  case claimsInvalid
  /// `aud` names nobody that this server is.
  case audienceRefused
  /// `iss` is not the issuer that this server believes.
  case issuerRefused
  /// `exp` has passed.
  case expired
  /// `nbf` or `iat` is still to come.
  case notYetValid
  /// The page's origin is not among the token's.
  case originRefused
}

/// Signs claims with one key.
public struct TokenIssuer: Sendable {
  private let key: AccessKey

  public init(key: AccessKey) { self.key = key }

  /// The token in compact form.
  /// - Throws: ``AccessKeyError`` `.cannotSign` for a public key.
  public func token(for claims: AccessClaims) throws(AccessKeyError) -> String {
    var header: JSONObject = ["alg": .string(key.algorithm.rawValue), "typ": "JWT"]
    header["kid"] = key.name.map { .string($0) }
    let signed = [header, claims.json]
      .map { Base64URL.encode(JSONValue.object($0).text.utf8) }.joined(separator: ".")
    return signed + "." + Base64URL.encode(try key.signature(of: Array(signed.utf8)))
  }
}

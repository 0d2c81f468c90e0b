// Protects RTP and RTCP of one direction with libsrtp (RFC 3711).
import CMockPeer

/// One direction's cryptographic context (RFC 3711 section 3.2).
final class SrtpSession {
  enum Direction: Hashable {
    case outgoing
    case incoming
  }

  /// How far packets may be out of order (RFC 3711 section 3.3.2 demands at least 64).
  private static let window: UInt = 1024
  /// What protecting may add: tag, index and room for more.
  private static let trailerBytes = 160

  private let session: srtp_t
  let direction: Direction

  private static let isInitialised: Bool = srtp_init() == srtp_err_status_ok

  /// Whether libsrtp was built with a library that has AES-GCM.
  static let hasGCM: Bool = {
    let profile = SrtpProfile.aes128GCM
    let zeros = [UInt8](repeating: 0, count: profile.keyBytes + profile.saltBytes)
    return SrtpSession(profile, key: zeros, .outgoing) != nil
  }()

  /// - Parameter key: key and salt, one after the other.
  /// - Returns: nil when libsrtp refuses.
  init?(_ profile: SrtpProfile, key: [UInt8], _ direction: Direction) {
    guard Self.isInitialised, key.count == profile.keyBytes + profile.saltBytes else { return nil }
    var policy = srtp_policy_t()
    srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile.policy)
    srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile.policy)
    policy.ssrc.type = direction == .outgoing ? ssrc_any_outbound : ssrc_any_inbound
    policy.window_size = Self.window
    // A lost packet is sent again as it was.
    policy.allow_repeat_tx = 1
    var key = key
    var session: srtp_t?
    let status = key.withUnsafeMutableBufferPointer { bytes in
      policy.key = bytes.baseAddress
      return srtp_create(&session, &policy)
    }
    guard status == srtp_err_status_ok, let session else { return nil }
    self.session = session
    self.direction = direction
  }

  deinit { srtp_dealloc(session) }

  /// - Returns: nil when the packet is not one of RTP.
  func protect(rtp packet: [UInt8]) -> [UInt8]? { transform(packet, grows: true, srtp_protect) }
  func protect(rtcp packet: [UInt8]) -> [UInt8]? { transform(packet, grows: true, srtp_protect_rtcp) }
  /// - Returns: nil when the packet is not authentic or came before.
  func unprotect(rtp packet: [UInt8]) -> [UInt8]? { transform(packet, grows: false, srtp_unprotect) }
  func unprotect(rtcp packet: [UInt8]) -> [UInt8]? { transform(packet, grows: false, srtp_unprotect_rtcp) }

  private func transform(
    _ packet: [UInt8], grows: Bool,
    _ function: (srtp_t?, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int32>?) -> srtp_err_status_t
  ) -> [UInt8]? {
    guard packet.count >= 8 else { return nil }
    var bytes = packet
    if grows { bytes.append(contentsOf: repeatElement(0, count: Self.trailerBytes)) }
    var count = Int32(packet.count)
    // libsrtp reads and writes whole 32-bit words; Swift's arrays are aligned to 16 bytes.
    let status = bytes.withUnsafeMutableBytes { function(session, $0.baseAddress, &count) }
    guard status == srtp_err_status_ok, count >= 0, Int(count) <= bytes.count else { return nil }
    bytes.removeSubrange(Int(count)...)
    return bytes
  }
}

/// The profiles of RFC 5764 section 4.1.2 and RFC 7714 section 14.2 that are offered.
enum SrtpProfile: UInt, Hashable {
  case aes128CounterSHA1 = 1
  case aes128GCM = 7

  init?(number: UInt) { self.init(rawValue: number) }

  var keyBytes: Int { 16 }
  var saltBytes: Int {
    switch self {
    case .aes128CounterSHA1: 14
    case .aes128GCM: 12
    }
  }

  /// As OpenSSL writes it.
  var name: String {
    switch self {
    case .aes128CounterSHA1: "SRTP_AES128_CM_SHA1_80"
    case .aes128GCM: "SRTP_AEAD_AES_128_GCM"
    }
  }

  var policy: srtp_profile_t {
    switch self {
    case .aes128CounterSHA1: srtp_profile_aes128_cm_sha1_80
    case .aes128GCM: srtp_profile_aead_aes_128_gcm
    }
  }
}

/// What RFC 5764 section 4.2 cuts out of the exported material: client key, server key, client salt, server salt.
struct SrtpKeys: CustomStringConvertible, CustomReflectable {
  let profile: SrtpProfile
  /// Key and salt, one after the other, of what this side sends.
  let outgoing: [UInt8]
  /// The same of what this side receives.
  let incoming: [UInt8]

  init(profile: SrtpProfile, material: [UInt8], isServer: Bool) {
    let key = profile.keyBytes
    let salt = profile.saltBytes
    let client = Array(material[..<key] + material[(2 * key)..<(2 * key + salt)])
    let server = Array(material[key..<(2 * key)] + material[(2 * key + salt)..<(2 * key + 2 * salt)])
    self.profile = profile
    outgoing = isServer ? server : client
    incoming = isServer ? client : server
  }

  var description: String { "SrtpKeys" }
  var customMirror: Mirror { Mirror(self, children: [:]) }
}

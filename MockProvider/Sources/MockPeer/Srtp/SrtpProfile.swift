// How RTP is protected.
import CMockPeer

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

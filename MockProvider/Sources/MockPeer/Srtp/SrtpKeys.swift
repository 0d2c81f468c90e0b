// The keys of both directions. Never printed.

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

// SRTP by known answers.
import Testing

@testable import MockPeer

@Suite("SRTP")
struct SrtpSessionTests {
  /// The master key and salt of RFC 3711 appendix B.3.
  private static let key = [UInt8](hex: "E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6")
  private static let plain = [UInt8](hex: "800f1234 decafbad cafebabe abababab abababab abababab abababab")
  /// What AES-CM and HMAC-SHA1-80 make of it with the session keys of appendix B.3
  /// (cipher key C61E7A93744F39EE10734AFE3FF7A087, salt 30CBBC08863D8C85D49DB34A9AE1); libsrtp's own reference too.
  private static let protected = [UInt8](
    hex: "800f1234 decafbad cafebabe 4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc 99ea179b 8dbb")

  @Test func protectsAndUnprotectsByTheKnownAnswer() throws {
    let outgoing = try #require(SrtpSession(.aes128CounterSHA1, key: Self.key, .outgoing))
    let incoming = try #require(SrtpSession(.aes128CounterSHA1, key: Self.key, .incoming))
    #expect(outgoing.protect(rtp: Self.plain) == Self.protected)
    #expect(incoming.unprotect(rtp: Self.protected) == Self.plain)
  }

  @Test(arguments: [SrtpProfile.aes128CounterSHA1, .aes128GCM])
  func repeatsAndChangesAreRefused(profile: SrtpProfile) throws {
    let key = Array(Self.key[..<(profile.keyBytes + profile.saltBytes)])
    let outgoing = try #require(SrtpSession(profile, key: key, .outgoing))
    let incoming = try #require(SrtpSession(profile, key: key, .incoming))
    let packet = try #require(outgoing.protect(rtp: Self.plain))
    for index in packet.indices {
      var changed = packet
      changed[index] ^= 1
      #expect(incoming.unprotect(rtp: changed) == nil, "byte \(index)")
    }
    #expect(incoming.unprotect(rtp: packet) == Self.plain)
    #expect(incoming.unprotect(rtp: packet) == nil)
    // A sender may repeat itself: that is a retransmission without RTX.
    #expect(outgoing.protect(rtp: Self.plain) == packet)
  }

  @Test(arguments: [SrtpProfile.aes128CounterSHA1, .aes128GCM])
  func controlGoesBothWays(profile: SrtpProfile) throws {
    let key = Array(Self.key[..<(profile.keyBytes + profile.saltBytes)])
    let outgoing = try #require(SrtpSession(profile, key: key, .outgoing))
    let incoming = try #require(SrtpSession(profile, key: key, .incoming))
    let report = RtcpWriter.senderReport(ssrc: 1, ntp: 2, timestamp: 3, packets: 4, octets: 5, cname: "c")
    let packet = try #require(outgoing.protect(rtcp: report))
    #expect(packet != report)
    #expect(incoming.unprotect(rtcp: packet) == report)
    #expect(incoming.unprotect(rtcp: packet) == nil)
  }

  @Test func shortPacketsAndWrongKeysAreRefused() throws {
    #expect(SrtpSession(.aes128CounterSHA1, key: [1, 2, 3], .outgoing) == nil)
    let incoming = try #require(SrtpSession(.aes128CounterSHA1, key: Self.key, .incoming))
    for count in 0..<Self.protected.count {
      let cut = Array(Self.protected[..<count])
      #expect(incoming.unprotect(rtp: cut) == nil)
      #expect(incoming.unprotect(rtcp: cut) == nil)
    }
  }

  /// RFC 5764 section 4.2: client key, server key, client salt, server salt.
  @Test func keysAreCutForBothRoles() {
    let material = [UInt8](0..<60)
    let client = SrtpKeys(profile: .aes128CounterSHA1, material: material, isServer: false)
    let server = SrtpKeys(profile: .aes128CounterSHA1, material: material, isServer: true)
    #expect(client.outgoing == Array(0..<16) + Array(32..<46))
    #expect(client.incoming == Array(16..<32) + Array(46..<60))
    #expect(server.outgoing == client.incoming && server.incoming == client.outgoing)
    #expect(!"\(client)".contains("1") && String(reflecting: client).count < 40)
  }
}

// What must hold of every datagram and answer; `Tests/Fuzz/run` compiles this file into its fuzzer too.
import Basics
import Transport

@testable import MockPeer

/// The properties that the fuzzers look for a counterexample of. Each traps or throws when one is found.
enum PeerFuzzProperties {
  struct Broken: Error { let what: String }

  /// By the name of the target.
  static func check(_ target: String, _ bytes: [UInt8]) throws {
    switch target {
    case "stun": try stun(bytes)
    case "dtls": try dtls(bytes)
    case "sctp": sctp(bytes)
    case "rtp": try rtp(bytes)
    case "rtcp": try rtcp(bytes)
    case "answer": try answer(bytes)
    default: throw Broken(what: "no such target")
    }
  }

  /// What was read is the same after it was written and read again.
  private static func stun(_ bytes: [UInt8]) throws {
    guard let message = StunMessage(bytes) else { return }
    _ = message.isAuthentic(bytes, password: "password")
    let attributes = message.attributes.filter { $0.type != StunMessage.AttributeType.messageIntegrity }
    let again = StunMessage(
      method: message.method, message.messageClass, transaction: message.transaction, attributes: attributes)
    let written = again.encoded(password: "password")
    // One more attribute than fits is refused when it is read.
    guard attributes.count < StunMessage.maximumAttributes else { return }
    guard let read = StunMessage(written), read.isAuthentic(written, password: "password"),
      read.attributes.dropLast() == attributes[...], read.method == message.method
    else { throw Broken(what: "a message changed on its way") }
  }

  private static let certificate = try? DtlsCertificate()

  /// The handshake never finishes with garbage; the first byte chooses the role.
  private static func dtls(_ bytes: [UInt8]) throws {
    guard let certificate,
      let transport = DtlsTransport(certificate, isServer: (bytes.first ?? 0) & 1 == 0, fingerprints: [])
    else { throw Broken(what: "no transport") }
    transport.start()
    for part in bytes.dropFirst().split(separator: 0xFF, maxSplits: 8, omittingEmptySubsequences: false) {
      guard transport.receive(Array(part)).isEmpty else { throw Broken(what: "a message without a handshake") }
    }
    guard transport.state != .connected else { throw Broken(what: "a handshake of garbage") }
    _ = transport.takeOutgoing()
    transport.close()
  }

  /// Packets reach an association that is being set up; its channels read whatever it says.
  private static func sctp(_ bytes: [UInt8]) {
    guard let association = SctpAssociation(remotePort: 5000, wake: {}) else { return }
    var channels = DataChannels()
    channels.associate(isServer: true, streams: 256)
    for part in bytes.split(separator: 0xFF, maxSplits: 8) { association.receive(Array(part)) }
    for event in association.take().events {
      if case .message(let stream, let protocolID, let bytes) = event {
        _ = channels.receive(stream: stream, protocolID: protocolID, bytes)
      }
    }
    for protocolID: UInt32 in 50...57 { _ = channels.receive(stream: 1, protocolID: protocolID, bytes) }
    _ = channels.closeAll()
    _ = association.close()
  }

  /// No packet is authentic by chance, and frames of any content are carried within the limit.
  private static func rtp(_ bytes: [UInt8]) throws {
    let key = [UInt8](repeating: 7, count: 30)
    guard let session = SrtpSession(.aes128CounterSHA1, key: key, .incoming) else { throw Broken(what: "no session") }
    guard session.unprotect(rtp: bytes) == nil, session.unprotect(rtcp: bytes) == nil else {
      throw Broken(what: "authentic garbage")
    }
    let limit = 100
    guard H264Packetizer.payloads(of: bytes, limit: limit).allSatisfy({ !$0.isEmpty && $0.count <= limit }) else {
      throw Broken(what: "a payload beyond its limit")
    }
    var packetizer = VP8Packetizer(firstPicture: 0)
    let carried = packetizer.payloads(of: bytes, limit: limit)
    guard carried.allSatisfy({ $0.count <= limit }), carried.flatMap({ $0.dropFirst(4) }) == bytes else {
      throw Broken(what: "a frame that was not carried whole")
    }
  }

  private static func rtcp(_ bytes: [UInt8]) throws {
    for item in RtcpReader.feedback(in: bytes) ?? [] {
      switch item {
      case .missing(_, let sequences) where sequences.count > RtcpReader.maximumMissing:
        throw Broken(what: "more than may be asked for")
      case .bandwidth(let bits) where bits < 0: throw Broken(what: "a negative bandwidth")
      case .report(let block):
        if let time = block.roundTrip(now: 5), time < .zero { throw Broken(what: "a negative time") }
      default: break
      }
    }
  }

  private static func answer(_ bytes: [UInt8]) throws {
    let offered = PeerDescription(
      credentials: PeerCredentials(usernameFragment: "host", password: "0123456789012345678901"),
      audio: PeerAudio(mid: "a", ssrc: 1, payloadType: 111),
      video: PeerVideo(mid: "v", ssrc: 2, formats: [.init(codec: .vp8, payloadType: 100)]), dataMid: "d", cname: "c")
    guard let answer = try? PeerAnswer(String(decoding: bytes, as: UTF8.self), to: offered) else { return }
    guard !answer.fingerprints.isEmpty, answer.fingerprints.allSatisfy({ $0.bytes.count == $0.function.byteCount }),
      answer.audio != nil || answer.video != nil || answer.data != nil
    else { throw Broken(what: "an answer that answers nothing") }
  }
}

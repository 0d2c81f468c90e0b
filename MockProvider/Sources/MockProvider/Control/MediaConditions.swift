// Reads and writes what goes wrong between the mock and a browser on purpose, and what the sockets saw of it.
import Basics
import MockPeer
import StrictJSON

/// The faults of a peer and of its path; a session begins with the mock's own, and can be given others while it lives.
public struct MediaConditions: Sendable, Hashable {
  /// Steps of connecting that are refused, from the offer on.
  public var faults: PeerFaults
  /// What happens to datagrams.
  public var impairment: Impairment

  public init(faults: PeerFaults = .none, impairment: Impairment = .none) {
    self.faults = faults
    self.impairment = impairment
  }
}

extension MediaConditions {
  private enum Stun: String, CaseIterable { case answer, silent }
  private enum Handshake: String, CaseIterable { case agree, fail }
  private enum Direction: String, CaseIterable { case both, out, `in` }

  /// Reads the members; what is left out is as it should be.
  init(_ reader: inout JSONObjectReader) throws(JSONShapeError) {
    var faults = PeerFaults.none
    if try reader.optionalChoice("stun", of: Stun.self) == .silent { faults.insert(.silentStun) }
    if try reader.optionalChoice("dtls", of: Handshake.self) == .fail { faults.insert(.failingDtls) }
    let longest = Impairment.maximumDelay.milliseconds
    let loss = try reader.optionalNumber("loss", in: 0...1) ?? 0
    let delay = try reader.optionalInteger("delayMs", in: 0...longest) ?? 0
    let jitter = try reader.optionalInteger("jitterMs", in: 0...longest) ?? 0
    let reordering = try reader.optionalNumber("reorder", in: 0...1) ?? 0
    let bandwidth = try reader.optionalInteger("bandwidth", in: 1...Int64(Int32.max))
    let directions: Impairment.Directions =
      switch try reader.optionalChoice("direction", of: Direction.self) ?? .both {
      case .both: .both
      case .out: .outgoing
      case .in: .incoming
      }
    let seed = try reader.optionalInteger("seed", in: 0...Int64.max) ?? 1
    self.init(
      faults: faults,
      impairment: Impairment(
        loss: loss, delay: .milliseconds(delay), jitter: .milliseconds(jitter), reordering: reordering,
        bandwidth: bandwidth.map { Int($0) }, directions: directions, seed: UInt64(seed)))
  }

  var json: JSONValue {
    let direction: Direction = impairment.directions == .both ? .both : impairment.directions == .incoming ? .in : .out
    return [
      "stun": .string((faults.contains(.silentStun) ? Stun.silent : .answer).rawValue),
      "dtls": .string((faults.contains(.failingDtls) ? Handshake.fail : .agree).rawValue),
      "loss": .number(impairment.loss), "delayMs": .integer(impairment.delay.milliseconds),
      "jitterMs": .integer(impairment.jitter.milliseconds), "reorder": .number(impairment.reordering),
      "bandwidth": impairment.bandwidth.map { .integer(Int64($0)) } ?? .null, "direction": .string(direction.rawValue),
      "seed": .integer(Int64(clamping: impairment.seed)),
    ]
  }
}

extension PeerHostCounters {
  var json: JSONValue {
    let numbers: [(String, UInt64)] = [
      ("receivedDatagrams", receivedDatagrams), ("sentDatagrams", sentDatagrams), ("unsentDatagrams", unsentDatagrams),
      ("garbage", garbage), ("unknownAddress", unknownAddress), ("unknownUsername", unknownUsername),
      ("wrongIntegrity", wrongIntegrity), ("unansweredChecks", unansweredChecks), ("roleConflicts", roleConflicts),
      ("dtlsFailures", dtlsFailures), ("fingerprintMismatches", fingerprintMismatches), ("srtpFailures", srtpFailures),
      ("malformedControl", malformedControl), ("malformedMessages", malformedMessages),
      ("impairedDatagrams", impairedDatagrams), ("remoteCandidates", remoteCandidates),
      ("namedCandidates", namedCandidates), ("openedPeers", openedPeers), ("closedPeers", closedPeers),
    ]
    return .object(JSONObject(numbers.map { .init(name: $0.0, value: .integer(Int64(clamping: $0.1))) }))
  }
}

// What the peers' sockets have seen, as the control surface writes it.
import MockPeer
import StrictJSON

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

// Says whether an SDP answer could belong to an offer, and how the peer behind an offer is reached.
import MockPeer

/// The checks that a WebRTC stack makes before it starts: form, sections, ICE and DTLS attributes.
enum AnswerCheck {
  /// The longest answer that is read.
  static let maximumBytes = 64 * 1024

  /// - Throws: ``AnswerRefusal`` with the first thing that is wrong.
  static func check(_ answer: String, against offer: String) throws(AnswerRefusal) {
    guard answer.utf8.count <= maximumBytes else { throw .tooLong }
    let lines = answer.split(whereSeparator: \.isNewline)
    guard lines.first == "v=0" else { throw .notSDP }
    let sections = lines.count { $0.hasPrefix("m=") }
    let offered = offer.split(whereSeparator: \.isNewline).count { $0.hasPrefix("m=") }
    // RFC 3264 section 6: an answer has one section for each of the offer's, in order.
    guard sections == offered else { throw .sectionCount(found: sections, offered: offered) }
    try checkPlaces(lines, offer.split(whereSeparator: \.isNewline))
    for attribute in ["ice-ufrag", "ice-pwd", "fingerprint"] {
      guard lines.contains(where: { $0.hasPrefix("a=\(attribute):") }) else { throw .missing(attribute) }
    }
    let setups = lines.filter { $0.hasPrefix("a=setup:") }
    guard !setups.isEmpty else { throw .missing("setup") }
    guard setups.allSatisfy({ $0 == "a=setup:active" || $0 == "a=setup:passive" }) else { throw .undecidedSetup }
  }

  /// RFC 9429 section 5.3.1: a section of an answer has the mid of the offer's. Both vendors have one address for all
  /// sections, so those that are accepted have to be in one BUNDLE group (RFC 9143 section 7.3).
  private static func checkPlaces(_ answer: [Substring], _ offer: [Substring]) throws(AnswerRefusal) {
    let (answered, offered) = (places(answer), places(offer))
    for (index, (place, other)) in zip(answered, offered).enumerated() {
      if let mid = place.mid, let offeredMid = other.mid, mid != offeredMid { throw .otherMid(section: index) }
    }
    guard bundle(offer) != nil else { return }
    let bundled = bundle(answer) ?? []
    let accepted = answered.enumerated().filter { !$0.element.isRefused }
    guard accepted.count > 1 else { return }
    if let left = accepted.first(where: { place in place.element.mid.map { !bundled.contains($0) } ?? false }) {
      throw .notBundled(section: left.offset)
    }
  }

  /// For each `m=` line its `a=mid`, and whether its port is 0.
  private static func places(_ lines: [Substring]) -> [(mid: Substring?, isRefused: Bool)] {
    var places: [(mid: Substring?, isRefused: Bool)] = []
    for line in lines {
      if line.hasPrefix("m=") {
        let fields = line.split(separator: " ")
        places.append((nil, fields.count > 1 && (fields[1] == "0" || fields[1].hasPrefix("0/"))))
      } else if line.hasPrefix("a=mid:"), !places.isEmpty {
        places[places.count - 1].mid = line.dropFirst("a=mid:".count)
      }
    }
    return places
  }

  private static func bundle(_ lines: [Substring]) -> [Substring]? {
    lines.first { $0.hasPrefix("a=group:BUNDLE") }?.split(separator: " ").dropFirst().map { $0 }
  }

  /// The candidates that an answer holds, as they would be posted, and whether it says that there are no more: a browser
  /// that waits with its answer until it has gathered them posts none.
  static func candidates(in answer: String) -> (candidates: [String], areAll: Bool) {
    let lines = answer.prefix(maximumBytes).split(whereSeparator: \.isNewline)
    return (
      lines.filter { $0.hasPrefix("a=candidate:") }.map { String($0.dropFirst(2)) },
      lines.contains("a=end-of-candidates")
    )
  }
}

/// What is wrong with an answer; carries nothing of it.
enum AnswerRefusal: Error, Hashable, CustomStringConvertible {
  case notSDP
  case tooLong
  /// How many m= sections it has, and how many the offer has.
  case sectionCount(found: Int, offered: Int)
  /// A section, counted from 0, whose `a=mid` is not the offer's.
  case otherMid(section: Int)
  /// A section, counted from 0, that is accepted and not in the answer's BUNDLE group.
  case notBundled(section: Int)
  /// An attribute that every answer needs.
  case missing(String)
  /// `a=setup` is neither active nor passive (RFC 5763 section 5: an answer has to decide).
  case undecidedSetup
  /// Another answer was accepted before.
  case answeredBefore
  /// The WebRTC peer cannot use it.
  case unusable(AnswerError)

  /// For the journal: what is wrong, and which switch would take it.
  var note: String { self == .answeredBefore ? description : "\(self); --lenient takes any text as an answer" }

  var description: String {
    switch self {
    case .notSDP: "the answer is not SDP: it does not begin with v=0"
    case .tooLong: "the answer is longer than \(AnswerCheck.maximumBytes) bytes"
    case .sectionCount(let found, let offered): "the answer has \(found) m= sections, the offer \(offered)"
    case .otherMid(let section): "section \(section) of the answer has another a=mid than the offer's"
    case .notBundled(let section): "section \(section) of the answer is not in a=group:BUNDLE, and there is one address only"
    case .missing(let attribute): "the answer has no a=\(attribute)"
    case .undecidedSetup: "the answer's a=setup is neither active nor passive"
    case .answeredBefore: "another answer was accepted before"
    case .unusable(let error): "the answer cannot be used: \(error)"
    }
  }
}

/// The part of an offer that belongs to one session and one peer, whatever the vendor.
struct OfferTerms {
  let credentials: PeerCredentials
  /// The value of `a=fingerprint`.
  let fingerprint: String
  /// At least one.
  let candidates: [PeerCandidate]
  /// True when the peer only answers connectivity checks, which it has to say (RFC 8445 section 2.5).
  let isLite: Bool

  /// The address that `o=` and `c=` lines name, with its type: IPv4 where there is one.
  var address: String {
    let first = candidates.first { !$0.address.contains(":") } ?? candidates.first
    let address = first?.address ?? LoopbackCandidate.address
    return (address.contains(":") ? "IP6 " : "IP4 ") + address
  }

  /// Session-level lines that the vendors do not write.
  var liteness: [String] { isLite ? ["a=ice-lite"] : [] }

  /// The format parameters that H264 is offered with: constrained baseline, packetization mode 1 (RFC 6184 section
  /// 8.1).
  static let h264 = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
}

/// A host candidate that leads nowhere: nothing is ever sent outside the machine.
enum LoopbackCandidate {
  static let address = "127.0.0.1"
  /// Chromium ignores candidates on most ports below 1024 (the discard port 9 among them: its ICE state stays `new`),
  /// so this is one above the range from which Linux hands out ports (32768-60999).
  static let port = 65_009
  static let value = PeerCandidate(address: address, port: port, rank: 0)
}

// Compares an answer's media sections with its offer's, and finds a candidate's place among them.
import SessionValues

/// The media sections of a description, as far as offer and answer have to agree on them.
public struct SDPLayout: Sendable, Hashable {
  /// One `m=` line.
  public struct Section: Sendable, Hashable {
    /// Where it starts, counted from 1.
    public let line: Int
    /// Its `a=mid`; nil where it has none.
    public let mid: String?
    /// It has port 0 without being bundle-only.
    public let isRejected: Bool
    /// Its mid is in an `a=group:BUNDLE`.
    public let isBundled: Bool
    /// It has candidates of its own.
    public let hasCandidates: Bool
  }

  /// In the order of the description.
  public let sections: [Section]

  /// Checks an answer to this offer: as many sections (RFC 3264 section 6) with the same mids (RFC 9429 section
  /// 5.3.1), and BUNDLE (RFC 9143 section 7.3.3) where only one section of the offer says how it is reached.
  /// - Throws: the first thing that is wrong, with its line in the answer.
  public func check(answer: SDPLayout) throws(SDPError) {
    guard answer.sections.count == sections.count else {
      let surplus = answer.sections.dropFirst(sections.count).first ?? answer.sections.last
      throw SDPError(.sectionCount(answer.sections.count, offered: sections.count), line: surplus?.line ?? 0)
    }
    let needsBundle = sections.contains(where: \.hasCandidates)
    for (offered, answered) in zip(sections, answer.sections) {
      if let mid = answered.mid, offered.mid != nil, mid != offered.mid {
        throw SDPError(.otherMid, line: answered.line)
      }
      if needsBundle, offered.isBundled, !offered.hasCandidates, !answered.isRejected, !answered.isBundled {
        throw SDPError(.notBundled, line: answered.line)
      }
    }
  }

  /// A candidate for this offer with both names of its place, where it came with one of them: browsers give both, other
  /// stacks do not, and some providers want both. What fits no section stays as it is.
  public func placing(_ candidate: IceCandidate) -> IceCandidate {
    var candidate = candidate
    switch (candidate.sdpMid, candidate.sdpMLineIndex) {
    case (let mid?, nil): candidate.sdpMLineIndex = sections.firstIndex { $0.mid == mid }
    case (nil, let index?) where sections.indices.contains(index): candidate.sdpMid = sections[index].mid
    default: break
    }
    return candidate
  }
}

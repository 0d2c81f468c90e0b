// How much memory an answer or an event takes, near enough for a bound.
import Signaling

extension ServerMessage {
  /// About how many bytes the message holds: its strings, and a constant for the rest.
  var estimatedBytes: Int {
    let strings =
      switch self {
      case .result(_, let result, _): result.stringBytes
      case .error(_, let error): error.message.utf8.count + (error.provider?.message?.utf8.count ?? 0)
      case .notification: 0
      }
    return 128 + strings
  }
}

extension CallResult {
  fileprivate var stringBytes: Int {
    switch self {
    case .empty, .extended: 0
    case .resumed(let session): session.stringBytes
    case .opened(let session): session.grant.stringBytes + 256
    case .described(let description): description.sdp.utf8.count
    case .talk(let id, _): id.utf8.count
    case .interrupted(let message, _): message?.utf8.count ?? 0
    }
  }
}

extension ResumedSession {
  fileprivate var stringBytes: Int {
    switch continuation {
    case .replay: 64
    case .resync(let snapshot): snapshot.talks.reduce(128) { $0 + $1.talk.utf8.count + 64 }
    }
  }
}

extension SessionEvent {
  /// About how many bytes the event holds.
  var estimatedBytes: Int {
    let strings =
      switch self {
      case .state, .expiring, .closed: 0
      case .talk(let id, .failed(let error)): id.utf8.count + error.message.utf8.count
      case .talk(let id, _): id.utf8.count
      case .interrupted(let talk, .done): talk.utf8.count
      case .interrupted(let talk, .sendOnDataChannel(let text)): talk.utf8.count + text.utf8.count
      case .interrupted(let talk, .failed(let error)): talk.utf8.count + error.message.utf8.count
      case .candidate(let candidate): candidate?.candidate.utf8.count ?? 0
      }
    return 128 + strings
  }
}

extension OpenedSession.Grant {
  fileprivate var stringBytes: Int {
    switch self {
    case .offer(let offer, let servers): offer.sdp.utf8.count + Self.bytes(of: servers)
    case .awaitsOffer(let servers): Self.bytes(of: servers)
    case .room(let url, let token): url.utf8.count + token.utf8.count
    }
  }

  private static func bytes(of servers: [IceServerInit]) -> Int {
    servers.reduce(0) { sum, server in
      let urls = server.urls.reduce(0) { $0 + $1.utf8.count }
      return sum + urls + (server.username?.utf8.count ?? 0) + (server.credential?.utf8.count ?? 0)
    }
  }
}

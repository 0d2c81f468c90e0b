// Follows the videos of agents' streams, and says when their clients are to be told of them.
import Basics
import StrictJSON

/// A video that an agent's client hears of on its notifications socket.
struct AgentVideo: Sendable, Equatable {
  let talk: String
  let stream: String
  /// The chat that it answers in, or that a client has named.
  let chat: String?
  /// Who is told; nil for nobody.
  let address: NotificationAddress.Connection?
  /// Its talk is in the stream's queue, or could not be added to it.
  var isQueued = false
  var hasStarted = false
}

/// The videos of a scenario that are not over.
struct AgentVideos {
  /// What has happened to a video.
  enum Event: Sendable, Equatable {
    case started, done, error, rejected

    var name: ChannelEvent {
      switch self {
      case .started: .didVideoStarted
      case .done: .didVideoDone
      case .error: .didVideoError
      case .rejected: .didVideoRejected
      }
    }
  }

  private var videos: [AgentVideo] = []

  var isEmpty: Bool { videos.isEmpty }

  func count(of stream: String) -> Int { videos.count { $0.stream == stream } }

  mutating func add(_ video: AgentVideo) { videos.append(video) }

  /// From here on a talk that is not there will never be.
  mutating func queue(_ talk: String) {
    for index in videos.indices where videos[index].talk == talk { videos[index].isQueued = true }
  }

  /// A video is not made.
  mutating func remove(_ talk: String) -> AgentVideo? {
    videos.firstIndex { $0.talk == talk }.map { videos.remove(at: $0) }
  }

  /// What has happened since this was last asked, and when something will happen next.
  mutating func news(
    of sessions: inout MockSessions<DIDDetails>, at now: MonotonicInstant
  ) -> (events: [(Event, AgentVideo)], next: MonotonicInstant?) {
    var events: [(Event, AgentVideo)] = []
    var deadlines: [MonotonicInstant] = []
    videos = videos.compactMap { video in
      // What was not begun when its stream ended has nobody to tell.
      guard let session = sessions.session(video.stream, at: now), session.isOpen || video.hasStarted else { return nil }
      guard let talk = session.talks.talks.first(where: { $0.id == video.talk }) else {
        guard video.isQueued else { return video }
        events.append((.error, video))
        return nil
      }
      var video = video
      // A talk that was dropped before its turn leaves no trace.
      let begins = now >= talk.startsAt && talk.cutAt.map { $0 > talk.startsAt } ?? true
      if begins, !video.hasStarted {
        events.append((.started, video))
        video.hasStarted = true
      }
      if talk.isOver(at: now) {
        if video.hasStarted { events.append((.done, video)) }
        return nil
      }
      deadlines.append(video.hasStarted ? talk.endsAt : talk.startsAt)
      return video
    }
    return (events, deadlines.min())
  }
}

// Between bytes and messages.
import StrictJSON

/// Reads requests and writes server messages. Both are pure.
public enum SignalingCodec {
  /// What one text message turned out to be.
  public enum Decoded: Sendable, Hashable {
    case request(Request)
    /// Not a request that can be carried out: the error to answer, with the id if it could be read.
    case refused(RequestID?, SignalingError)
  }
}

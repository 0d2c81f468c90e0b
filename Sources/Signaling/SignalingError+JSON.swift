// The error object as JSON.
import StrictJSON

extension SignalingError {
  /// `{code, message, data: {kind, retryable, retryAfterMs?, limit?, provider?, end?}}`
  var json: JSONValue {
    var data: JSONObject = ["kind": .string(kind.rawValue), "retryable": .bool(kind.isRetryable)]
    data["retryAfterMs"] = retryAfterMs.map { .integer($0) }
    data["limit"] = limit.map { .string($0.rawValue) }
    data["provider"] = provider?.json
    data["end"] = end.map { .object($0.json) }
    return ["code": .integer(Int64(kind.code)), "message": .string(message), "data": .object(data)]
  }
}

extension CloseReason {
  /// `{reason, action, afterMs?}`
  var json: JSONObject {
    var object: JSONObject = ["reason": .string(rawValue), "action": .string(action.rawValue)]
    object["afterMs"] = afterMs.map { .integer($0) }
    return object
  }
}

extension SignalingError.Provider {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["status": .integer(Int64(status))]
    object["code"] = code.map { .string($0) }
    object["message"] = message.map { .string($0) }
    return .object(object)
  }
}

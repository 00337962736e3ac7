"""Moto's Step Functions as a server, with what it lacks: JSONata, and Lambdas that are called where the caller says.

Arguments: the port, and the URL that is called for each Lambda as POST <URL>/<function name>.
"""

import json
import sys
import urllib.error
import urllib.request

import jsonata
from moto.core.config import default_user_config
from moto.server import main
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata

PORT, LAMBDAS = sys.argv[1:3]


def evaluate(expression):
    try:
        return json.loads(json.dumps(jsonata.Jsonata(expression).evaluate(None)))
    except Exception as error:
        raise moto_jsonata.JSONataException("UNKNOWN", str(error)) from error


def invoke(parameters, region, state_credentials):
    request = urllib.request.Request(f"{LAMBDAS}/{parameters['FunctionName']}", data=parameters.get("Payload", b"{}"))
    try:
        with urllib.request.urlopen(request) as reply:
            return {"StatusCode": 200, "Payload": json.loads(reply.read())}
    except urllib.error.HTTPError as failure:
        return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": json.loads(failure.read())}


moto_jsonata._eval_jsonata = evaluate
lambda_eval_utils._invoke_lambda_function = invoke
default_user_config["stepfunctions"] = {"execute_state_machine": True}
main(["--host", "127.0.0.1", "--port", PORT])

"""/ops: what operators see and do. Each file is a task; every route is behind `access.for_operators`."""

from apiflask import APIBlueprint

from blueprints.ops import accounts, actions, actors, limits, messages, risk, system

bp = APIBlueprint("ops", __name__, url_prefix="/ops", tag="Operators")
for task in (messages, actors, limits, accounts, risk, system, actions):
    bp.register_blueprint(task.bp)

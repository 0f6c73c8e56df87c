"""Events that hypothesis makes: any JSON value, and objects with the members of API Gateway's events and any values."""

from hypothesis import strategies as st

from tests.functions.support import METHOD_ARN, recorded_event

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=12), children, max_size=4),
    max_leaves=12,
)
EVENT_MEMBERS = sorted({*recorded_event("request_get_orders"), "authorizationToken"})
any_event = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["TOKEN", "REQUEST"]) | anything,
        "methodArn": st.just(METHOD_ARN) | st.just(METHOD_ARN) | anything,
    },
    optional={name: anything for name in EVENT_MEMBERS if name not in ("type", "methodArn")},
)
